"""Switches that the ablations of the papers need: what is off takes no part, and weights stay the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from rvosbench_baselines.checkpoints import generate
from rvosbench_baselines.soc.config import configuration as soc_configuration
from rvosbench_baselines.soc.model import Soc
from rvosbench_baselines.ssa.config import configuration as ssa_configuration
from rvosbench_baselines.ssa.model import Ssa
from torch import Tensor, nn


def soc(**off: Any) -> tuple[nn.Module, Callable[[], Tensor]]:
    model = Soc(replace(soc_configuration("soc-small"), **off)).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    generate(model, 0)
    frames = torch.rand(2, 1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[0, 7, 9, 2]])
    return model, lambda: model.eval()(frames, ids, torch.ones_like(ids)).pred_masks


def ssa(**off: Any) -> tuple[nn.Module, Callable[[], Tensor]]:
    model = Ssa(replace(ssa_configuration("ssa-small"), **off)).eval()
    generate(model, 0)
    frames = [255 * torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(one)) for one in range(3)]
    ids = torch.tensor([[1, 5, 8, 511, *[0] * 73]])
    return model, lambda: model(frames, ids).video.pred_mask_embed


@pytest.mark.parametrize(
    ("build", "switch", "part"),
    [
        (soc, "cluster", "voc."),
        (soc, "words_to_pixels", "vlf."),
        (ssa, "adapters", "backbone.stage_adapter_layers."),
        (ssa, "fusion", "sem_seg_head.pixel_decoder.transformer.encoder.fusion_layers."),
        (ssa, "short_temporal", "vita_module.short_temporal."),
        (ssa, "long_temporal", "vita_module.long_temporal."),
        (ssa, "time_weights", "vita_module.time_aware_attn."),
    ],
)
def test_a_switch_takes_its_part_out(build: Callable[..., Any], switch: str, part: str) -> None:
    whole, predict_whole = build()
    model, predict = build(**{switch: False})
    assert model.state_dict().keys() == whole.state_dict().keys()
    found = predict()
    assert not torch.equal(found, predict_whole())
    torch.autograd.backward(found.sum())
    own = [weight for name, weight in model.named_parameters() if name.startswith(part)]
    assert own
    assert all(weight.grad is None for weight in own)


def test_queries_that_are_not_aligned_stay_where_they_are() -> None:
    first = torch.randn(1, 1, 5, 64, generator=torch.Generator().manual_seed(0))
    queries = torch.cat([first, first[:, :, [4, 3, 2, 1, 0]]], 1)  # the same in another order
    sentence = torch.zeros(2, 1, 64)
    orders = []
    for aligned in (True, False):
        model, _ = ssa(alignment=aligned)
        assert isinstance(model, Ssa)
        orders.append(model.follow(queries, sentence).order[1, :, 0].tolist())
    assert orders == [[4, 3, 2, 1, 0], [0, 1, 2, 3, 4]]


def test_words_that_do_not_look_at_pixels_are_compared_as_they_were_read() -> None:
    """What the contrastive loss compares; the masks do not depend on it."""
    model, _ = soc(pixels_to_words=False)
    frames = torch.rand(2, 1, 3, 32, 32)
    ids = torch.tensor([[0, 7, 9, 2]])
    output = model.eval()(frames, ids, torch.ones_like(ids))
    assert torch.equal(output.text, model(frames * 0, ids, torch.ones_like(ids)).text)
