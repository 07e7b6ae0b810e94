"""The picture side of CLIP: ConvNeXt, with the names that timm and open_clip give to its parts.

Liu et al., A ConvNet for the 2020s (CVPR 2022).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.channel_norm import LayerNorm2d
from rvosbench_baselines.layers.drop_path import DropPath
from rvosbench_baselines.ssa.config import ClipSize

EPSILON = 1e-6
SCALE_AT_START = 1e-6


class PixelMlp(nn.Module):
    """On the last axis."""

    def __init__(self, width: int, hidden: int, out: int, *, last_bias: bool = True) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, out, bias=last_bias)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.fc2(nn.functional.gelu(self.fc1(x)))
        return changed


class Block(nn.Module):
    def __init__(self, width: int, drop_path: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), SCALE_AT_START))
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = PixelMlp(width, 4 * width, width)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, h, w]"""
        changed = self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1)))
        branch: Tensor = self.drop_path((changed * self.gamma).permute(0, 3, 1, 2))
        return x + branch


class Stage(nn.Module):
    """`before` is the width of the stage before it, from which it takes every second pixel; None for the
    first."""

    def __init__(self, before: int | None, width: int, rates: Sequence[float]) -> None:
        super().__init__()
        self.downsample: nn.Module = nn.Identity()
        if before is not None:
            self.downsample = nn.Sequential(LayerNorm2d(before, EPSILON), nn.Conv2d(before, width, 2, 2))
        self.blocks = nn.Sequential(*(Block(width, rate) for rate in rates))

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.blocks(self.downsample(x))
        return changed


class PooledNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm2d(width, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, h, w] -> [N, C]"""
        normed: Tensor = self.norm(x.mean((2, 3), keepdim=True))
        return normed.flatten(1)


class ConvNeXt(nn.Module):
    """Stages at strides 4, 8, 16, 32."""

    def __init__(self, size: ClipSize) -> None:
        super().__init__()
        first = size.widths[0]
        self.stem = nn.Sequential(nn.Conv2d(3, first, 4, 4), LayerNorm2d(first, EPSILON))
        last = max(1, sum(size.depths) - 1)
        rates = (size.drop_path * block / last for block in count())
        self.stages = nn.ModuleList(
            Stage(before, width, [next(rates) for _ in range(depth)])
            for before, width, depth in zip([None, *size.widths[:-1]], size.widths, size.depths, strict=True)
        )
        self.head = PooledNorm(size.widths[-1])

    def forward(self, pixels: Tensor) -> Tensor:
        """[N, C], of the whole picture."""
        x = self.stem(pixels)
        for stage in self.stages:
            x = stage(x)
        pooled: Tensor = self.head(x)
        return pooled


class ClipImage(nn.Module):
    """As a whole it gives the embedding of a picture; SSA takes its stages one by one, and has no use for the
    head, which its files hold nevertheless."""

    def __init__(self, size: ClipSize) -> None:
        super().__init__()
        self.trunk = ConvNeXt(size)
        head = PixelMlp(size.widths[-1], 2 * size.embedding, size.embedding, last_bias=False)
        self.head = nn.Sequential(OrderedDict(mlp=head))

    def forward(self, pixels: Tensor) -> Tensor:
        """[N, E]"""
        embedding: Tensor = self.head(self.trunk(pixels))
        return embedding
