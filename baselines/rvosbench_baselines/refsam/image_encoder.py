"""SAM's image encoder, a ViT with windows, with RefSAM's adapters in its second half.

The parameters have the names of `segment_anything`, so that its files fit; the adapters are new.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from rvosbench_baselines.layers.channel_norm import LayerNorm2d
from rvosbench_baselines.refsam.config import VitSize

NORM_EPS = 1e-6
# Global attention over 64 x 64 patches would hold 12 x 4096 x 4096 weights at once, 800 MB in float32.
# Queries are taken in groups of rows that stay below this many weights.
MAX_WEIGHTS = 2**25


class Adapter(nn.Module):
    """A bottleneck. Its last layer starts at zero, so that a fresh adapter changes nothing in SAM."""

    def __init__(self, width: int, ratio: float) -> None:
        super().__init__()
        hidden = int(width * ratio)
        self.D_fc1 = nn.Linear(width, hidden)
        self.D_fc2 = nn.Linear(hidden, width)
        nn.init.zeros_(self.D_fc2.weight)
        nn.init.zeros_(self.D_fc2.bias)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.D_fc2(functional.gelu(self.D_fc1(x)))
        return out


class PatchEmbed(nn.Module):
    def __init__(self, size: VitSize) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, size.width, kernel_size=size.patch, stride=size.patch)

    def forward(self, pixels: Tensor) -> Tensor:
        patches: Tensor = self.proj(pixels)
        return patches.permute(0, 2, 3, 1)


class MLPBlock(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.lin2(functional.gelu(self.lin1(x)))
        return out


class Attention(nn.Module):
    """Self-attention over a square of `side` x `side` positions, biased by relative rows and columns."""

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads, self.side = heads, side
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width // heads))

    def forward(self, x: Tensor) -> Tensor:
        """[B, side, side, C] to the same."""
        batch, side = len(x), self.side
        qkv = self.qkv(x).reshape(batch, side * side, 3, self.heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        attended = [
            functional.scaled_dot_product_attention(rows.flatten(2, 3), key, value, attn_mask=bias)
            for rows, bias in self._biased_rows(torch.unflatten(query, 2, (side, side)))
        ]
        out: Tensor = self.proj(torch.cat(attended, dim=2).transpose(1, 2).reshape(x.shape))
        return out

    def _biased_rows(self, query: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Queries [B, heads, rows, side, c], some at a time, with biases [B, heads, rows * side, side²]."""
        at = torch.arange(self.side, device=query.device)
        distance = at[:, None] - at[None, :] + self.side - 1
        by_row = torch.einsum("bnhwc,hkc->bnhwk", query, self.rel_pos_h[distance])
        by_column = torch.einsum("bnhwc,wkc->bnhwk", query, self.rel_pos_w[distance])
        weights_of_a_row = len(query) * self.heads * self.side**3
        step = max(1, MAX_WEIGHTS // weights_of_a_row)
        for rows, high, wide in zip(
            torch.split(query, step, 2),
            torch.split(by_row, step, 2),
            torch.split(by_column, step, 2),
            strict=True,
        ):
            yield rows, (high.unsqueeze(-1) + wide.unsqueeze(-2)).flatten(4).flatten(2, 3)


class Block(nn.Module):
    """One block; `window` 0 attends over the whole grid."""

    def __init__(self, size: VitSize, *, window: int, adapted: bool) -> None:
        super().__init__()
        self.window, self.adapter_scale = window, size.adapter_scale
        self.norm1 = nn.LayerNorm(size.width, eps=NORM_EPS)
        self.attn = Attention(size.width, size.heads, window or size.grid)
        self.norm2 = nn.LayerNorm(size.width, eps=NORM_EPS)
        self.mlp = MLPBlock(size.width, size.width * size.mlp_ratio)
        self.Space_Adapter = Adapter(size.width, size.adapter_ratio) if adapted else None
        self.MLP_Adapter = Adapter(size.width, size.adapter_ratio) if adapted else None

    def forward(self, x: Tensor) -> Tensor:
        """[B, H, W, C] to the same."""
        attended = self._attend(self.norm1(x))
        if self.Space_Adapter is not None:
            attended = attended + self.Space_Adapter(attended)
        x = x + attended
        normed = self.norm2(x)
        x = x + self.mlp(normed)
        if self.MLP_Adapter is not None:
            x = x + self.adapter_scale * self.MLP_Adapter(normed)
        return x

    def _attend(self, x: Tensor) -> Tensor:
        if not self.window:
            whole: Tensor = self.attn(x)
            return whole
        windows, padded = split_windows(x, self.window)
        return join_windows(self.attn(windows), self.window, padded)[:, : x.shape[1], : x.shape[2]]


def split_windows(x: Tensor, side: int) -> tuple[Tensor, tuple[int, int]]:
    """[B, H, W, C] to [B * windows, side, side, C], with zeros below and to the right where it does not
    divide; and the padded height and width."""
    _, height, width, channels = x.shape
    x = functional.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    high, wide = x.shape[1], x.shape[2]
    windows = x.reshape(-1, high // side, side, wide // side, side, channels).transpose(2, 3)
    return windows.reshape(-1, side, side, channels), (high, wide)


def join_windows(windows: Tensor, side: int, padded: tuple[int, int]) -> Tensor:
    """The inverse of `split_windows`, padding included."""
    high, wide = padded[0] // side, padded[1] // side
    grid = windows.reshape(-1, high, wide, side, side, windows.shape[-1]).transpose(2, 3)
    return grid.reshape(-1, *padded, windows.shape[-1])


class ImageEncoder(nn.Module):
    """Pixels to a map of the prompts' width, at one value per patch."""

    def __init__(self, size: VitSize, width: int) -> None:
        super().__init__()
        self.global_blocks = size.global_blocks
        self.patch_embed = PatchEmbed(size)
        self.pos_embed = nn.Parameter(torch.zeros(1, size.grid, size.grid, size.width))
        self.blocks = nn.ModuleList(
            Block(
                size,
                window=0 if index in size.global_blocks else size.window,
                adapted=index >= size.depth // 2,
            )
            for index in range(size.depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(size.width, width, kernel_size=1, bias=False),
            LayerNorm2d(width),
            nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
            LayerNorm2d(width),
        )

    def forward(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The embedding [B, C, h, w] of normalised pixels [B, 3, image, image], and the same of every block
        with global attention but the last: earlier looks at the picture, brought to the same width by the
        same neck."""
        x = self.patch_embed(pixels) + self.pos_embed
        earlier = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.global_blocks:
                earlier.append(x)
        return self._through_neck(x), [self._through_neck(one) for one in earlier[:-1]]

    def _through_neck(self, x: Tensor) -> Tensor:
        embedding: Tensor = self.neck(x.permute(0, 3, 1, 2))
        return embedding
