"""The text side of CLIP: a transformer in which each token sees those before it."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn


class TextBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            OrderedDict(c_fc=nn.Linear(width, 4 * width), gelu=nn.GELU(), c_proj=nn.Linear(4 * width, width))
        )

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, attn_mask=hidden, need_weights=False)[0]
        changed: Tensor = x + self.mlp(self.ln_2(x))
        return changed


class TextTransformer(nn.Module):
    def __init__(self, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(TextBlock(width, heads) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        """[B, L, C]"""
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        for block in self.resblocks:
            x = block(x, later)
        return x
