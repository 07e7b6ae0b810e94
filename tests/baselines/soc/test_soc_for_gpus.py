"""What costs time on a GPU alone, seen without one: tensors that have a shape and no values have nothing that
could be waited for, and are told from those of the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import torch
from rvosbench_baselines.soc import build
from rvosbench_baselines.soc.config import SwinSize
from rvosbench_baselines.soc.model import Soc
from rvosbench_baselines.soc.video_swin import VideoSwin
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it without types
    """The names of all that are done, and of those that take or give a tensor of the processor."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.done: list[str] = []
        self.on_processor: set[str] = set()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        tensors = [one for one in tree_leaves((args, kwargs, result)) if isinstance(one, Tensor)]
        self.done.append(str(func))
        if any(one.device.type == "cpu" for one in tensors):
            self.on_processor.add(str(func))
        return result


@pytest.fixture(scope="module")
def model() -> Soc:
    return build("soc-small").eval().to("meta")


def operations(model: Soc, frames: int) -> Operations:
    ids = torch.ones(1, 6, dtype=torch.int64, device="meta")
    pixels = torch.empty(frames, 1, 3, 70, 130, device="meta")
    seen = Operations()
    with torch.no_grad(), seen:
        model(pixels, ids, ids.bool())
    return seen


def test_a_prediction_never_waits_for_the_gpu_and_sends_it_nothing(model: Soc) -> None:
    """A number that Python wants, or a choice by a mask, would be an error here."""
    assert operations(model, frames=9).on_processor == set()


def test_a_clip_is_predicted_in_as_many_steps_as_a_shorter_one(model: Soc) -> None:
    """Both of more than one window of eight frames."""
    assert operations(model, frames=36).done == operations(model, frames=20).done


def test_attention_in_windows_is_fused() -> None:
    """Whole windows once for each block, and beside them those at each edge of the map that was shifted."""
    swin = VideoSwin(SwinSize(8, (2,), (2,), window=(4, 3, 3))).eval()
    seen = Operations()
    with torch.no_grad(), seen:
        swin(torch.rand(1, 3, 8, 36, 36))
    fused = [name for name in seen.done if "flash_attention" in name]
    assert len(fused) == 1 + 2**3
    assert not [name for name in seen.done if "softmax" in name or "bmm" in name]
