"""Video-Swin: self-attention within windows of eight frames by seven by seven patches, shifted by half a
window in every other block.

Liu et al., Video Swin Transformer (CVPR 2022), with patches of one frame, so that each frame keeps its own
features, and without the last norm.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count, pairwise, product
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.layers.chunks import AtOnce, in_chunks
from rvosbench_baselines.layers.drop_path import DropPath
from rvosbench_baselines.soc.config import SwinSize

Triple = tuple[int, int, int]
"""Over time, height and width."""

PATCHES_AT_ONCE = AtOnce(processor=2**15, gpu=2**20)

APART = -100.0
"""Added to the scores of patches that only the cyclic shift brought together."""


class VideoSwin(nn.Module):
    def __init__(self, size: SwinSize) -> None:
        super().__init__()
        self.patch_embed = PatchEmbedding(size.width, size.patch)
        last = max(1, sum(size.depths) - 1)
        rates = (size.drop_path * block / last for block in count())
        self.layers = nn.ModuleList(
            Stage(width, heads, [next(rates) for _ in range(depth)], size.window, size.mlp_ratio)
            for width, depth, heads in zip(size.widths, size.depths, size.heads, strict=True)
        )
        self.downsamples = nn.ModuleList(PatchMerging(*widths) for widths in pairwise(size.widths))

    def forward(self, frames: Tensor) -> list[Tensor]:
        """[B, 3, T, H, W] to one map [(B T), C, h, w] for each stage, at strides 4, 8, 16, 32."""
        x = self.patch_embed(frames)
        maps = []
        for index, stage in enumerate(self.layers):
            if index:
                x = self.downsamples[index - 1](x)
            x = stage(x)
            maps.append(x.flatten(0, 1).permute(0, 3, 1, 2).contiguous())
        return maps


class PatchEmbedding(nn.Module):
    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv3d(3, width, (1, patch, patch), (1, patch, patch))
        self.norm = nn.LayerNorm(width)
        self.patch = patch

    def forward(self, frames: Tensor) -> Tensor:
        """[B, 3, T, H, W] to [B, T, h, w, C]; zeros complete the last patches."""
        height, width = frames.shape[-2:]
        frames = functional.pad(frames, (0, -width % self.patch, 0, -height % self.patch))
        embedded: Tensor = self.norm(self.proj(frames).permute(0, 2, 3, 4, 1))
        return embedded


class PatchMerging(nn.Module):
    """Two by two patches become one."""

    def __init__(self, width: int, wide: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, wide, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, (0, 0, 0, x.shape[3] % 2, 0, x.shape[2] % 2))
        corners = [x[:, :, row::2, column::2] for column, row in product((0, 1), repeat=2)]
        merged: Tensor = self.reduction(self.norm(torch.cat(corners, -1)))
        return merged


class Stage(nn.Module):
    def __init__(self, width: int, heads: int, rates: list[float], window: Triple, mlp_ratio: int) -> None:
        super().__init__()
        half = (window[0] // 2, window[1] // 2, window[2] // 2)
        self.blocks = nn.ModuleList(
            Block(width, heads, window, half if index % 2 else (0, 0, 0), mlp_ratio, rate)
            for index, rate in enumerate(rates)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x


class Block(nn.Module):
    def __init__(
        self, width: int, heads: int, window: Triple, shift: Triple, mlp_ratio: int, drop_path: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, heads, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, width * mlp_ratio)
        self.drop_path = DropPath(drop_path)
        self.window, self.shift = window, shift

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, h, w, C]."""
        x = x + self.drop_path(self._attended(self.norm1(x)))
        patches = x.reshape(-1, x.shape[-1])
        size = PATCHES_AT_ONCE.on(x.device)
        changed = in_chunks(lambda part: self.mlp(self.norm2(part)), size, patches)
        dropped: Tensor = self.drop_path(changed.view_as(x))
        return x + dropped

    def _attended(self, x: Tensor) -> Tensor:
        extent = x.shape[1:4]
        window, shift = fitted(extent, self.window, self.shift)
        missing = [-length % side for length, side in zip(extent, window, strict=True)]
        x = functional.pad(x, (0, 0, 0, missing[2], 0, missing[1], 0, missing[0]))
        if any(shift):
            x = x.roll([-step for step in shift], (1, 2, 3))
        x = self._in_windows(x, self.attn.bias(prod(window)), window, shift)
        if any(shift):
            x = x.roll(shift, (1, 2, 3))
        return x[:, : extent[0], : extent[1], : extent[2]]

    def _in_windows(
        self, x: Tensor, bias: Tensor, window: Triple, shift: Triple, edge: tuple[int, ...] = ()
    ) -> Tensor:
        """Windows that are last along the same of the shifted axes need the same mask, so they go together.
        `edge` holds, for the first axes, the shift where `x` is the last windows, else 0."""
        if len(edge) == len(window):
            if any(edge):
                bias = bias + APART * separated(window, edge, x.device).to(bias.dtype)
            return join_windows(self.attn(split_windows(x, window), bias), window, x.shape)
        side, step = window[len(edge)], shift[len(edge)]
        if not step:
            return self._in_windows(x, bias, window, shift, (*edge, 0))
        axis = len(edge) + 1
        inner, last = torch.split(x, [x.shape[axis] - side, side], axis)
        parts = [
            self._in_windows(inner, bias, window, shift, (*edge, 0)),
            self._in_windows(last, bias, window, shift, (*edge, step)),
        ]
        return torch.cat(parts, axis)


class WindowAttention(nn.Module):
    relative_position_index: Tensor

    def __init__(self, width: int, heads: int, window: Triple) -> None:
        super().__init__()
        self.heads = heads
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros(prod(2 * side - 1 for side in window), heads)
        )
        self.register_buffer("relative_position_index", relative_positions(window))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def bias(self, patches: int) -> Tensor:
        """[heads, N, N], for windows of so many patches."""
        # A window that is cut to a small map takes the first rows and columns of the index of a whole one, as
        # the authors do; only where it is cut in time are these the ones of its own positions.
        index = self.relative_position_index[:patches, :patches]
        bias = self.relative_position_bias_table[index.flatten()].view(patches, patches, self.heads)
        return bias.permute(2, 0, 1).contiguous()

    def forward(self, windows: Tensor, bias: Tensor) -> Tensor:
        """`windows` [W, N, C]; `bias` [heads, N, N] is added to the scores."""
        size = max(1, PATCHES_AT_ONCE.on(windows.device) // windows.shape[1])
        return in_chunks(lambda part: self._attend(part, bias), size, windows)

    def _attend(self, x: Tensor, bias: Tensor) -> Tensor:
        windows, patches, width = x.shape
        qkv = self.qkv(x).view(windows, patches, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
        projected: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return projected


class Mlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return result


def fitted(extent: Iterable[int], window: Triple, shift: Triple) -> tuple[Triple, Triple]:
    """Where the map is no larger than the window, the window is the map and is not shifted."""
    axes = [
        (length, 0) if length <= side else (side, step)
        for length, side, step in zip(extent, window, shift, strict=True)
    ]
    (time, a), (height, b), (width, c) = axes
    return (time, height, width), (a, b, c)


def split_windows(x: Tensor, window: Triple) -> Tensor:
    """[B, T, h, w, C] to [B * windows, patches, C]."""
    batch, time, height, width, channels = x.shape
    t, h, w = window
    x = x.view(batch, time // t, t, height // h, h, width // w, w, channels)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(-1, t * h * w, channels)


def join_windows(windows: Tensor, window: Triple, shape: tuple[int, ...]) -> Tensor:
    batch, time, height, width, channels = shape
    t, h, w = window
    x = windows.view(batch, time // t, height // h, width // w, t, h, w, channels)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(shape)


def separated(window: Triple, edge: Iterable[int], device: torch.device) -> Tensor:
    """[N, N]: the patches of a window that only the cyclic shift brought together. Along each axis the last
    `edge` places of it came from the other end of the map."""
    came = [torch.arange(side, device=device) >= side - step for side, step in zip(window, edge, strict=True)]
    part = 4 * came[0][:, None, None] + 2 * came[1][:, None] + came[2]
    return part.view(-1, 1) != part.view(1, -1)


def relative_positions(window: Triple) -> Tensor:
    """[N, N]: the row of the bias table for each pair of patches of a window."""
    grid = torch.cartesian_prod(*(torch.arange(side) for side in window))
    steps = grid[:, None] - grid[None] + torch.tensor(window) - 1
    spans = [2 * side - 1 for side in window]
    return steps @ torch.tensor([spans[1] * spans[2], spans[2], 1])
