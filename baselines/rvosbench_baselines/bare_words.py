"""Words without a text model: each has a random direction of its own, the same in all runs and machines."""

from __future__ import annotations

import zlib
from functools import cache

import torch
from torch import Tensor

SEED = 42


@cache
def direction(word: str, width: int) -> Tensor:
    """[width] of normal numbers."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{SEED} {word}".encode()))
    return torch.randn(width, generator=generator)
