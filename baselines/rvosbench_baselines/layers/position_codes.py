"""Sine codes of positions. Where there is padding, positions count from the first pixel or word that is not.

Vaswani et al. (2017) for words, Carion et al. (DETR, 2020) for pictures; models differ in details that decide
whether trained weights work, so each is a parameter here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

TEMPERATURE = 10000.0
EPSILON = 1e-6


def sine_2d(padding: Tensor, channels: int, *, normalize: bool = True, half_cell: bool = False) -> Tensor:
    """[B, channels, H, W], the first half of the channels for y, the second for x.

    `padding` [B, H, W] is True where there is no picture. With `normalize` positions run to 2 pi at the edge
    of the picture; with `half_cell` they are those of the centres of cells, as in Deformable DETR and SOC,
    and not of their far edges, as in DETR and Mask2Former.
    """
    there = ~padding
    y = there.cumsum(1, dtype=torch.float32)
    x = there.cumsum(2, dtype=torch.float32)
    if normalize:
        back = 0.5 if half_cell else 0.0
        y = (y - back) / (y[:, -1:, :] + EPSILON) * (2 * math.pi)
        x = (x - back) / (x[:, :, -1:] + EPSILON) * (2 * math.pi)
    codes = torch.cat([_waves(y, channels // 2), _waves(x, channels // 2)], -1)
    return codes.permute(0, 3, 1, 2)


def sine_1d(padding: Tensor, channels: int, *, normalize: bool = True) -> Tensor:
    """[B, L, channels]. `padding` [B, L] is True where there is no word. With `normalize` the last word is at
    2 pi."""
    place = (~padding).cumsum(1, dtype=torch.float32)
    if normalize:
        place = place / (place[:, -1:] + EPSILON) * (2 * math.pi)
    return _waves(place, channels)


def _waves(position: Tensor, channels: int) -> Tensor:
    """[..., channels]: sine and cosine take turns, two of them to a wavelength."""
    pair = torch.arange(channels, dtype=torch.float32, device=position.device) // 2
    angle = position[..., None] / TEMPERATURE ** (2 * pair / channels)
    return torch.stack([angle[..., 0::2].sin(), angle[..., 1::2].cos()], -1).flatten(-2)
