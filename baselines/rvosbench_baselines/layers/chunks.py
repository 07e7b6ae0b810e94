"""The same function over parts of a batch, so that what it needs in between is never held for all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class AtOnce:
    """How many rows go through a function at the same time. A processor is fastest where what is needed in
    between stays in its caches, a GPU where there is much to do at once."""

    processor: int
    gpu: int

    def on(self, device: torch.device) -> int:
        return self.processor if device.type == "cpu" else self.gpu


def in_chunks(function: Callable[..., Tensor], size: int, *tensors: Tensor) -> Tensor:
    """`function(*tensors)`, where the rows of the result depend on the same rows of the tensors alone."""
    if len(tensors[0]) <= size:
        return function(*tensors)
    parts = zip(*(torch.split(tensor, size) for tensor in tensors), strict=True)
    return torch.cat([function(*part) for part in parts])
