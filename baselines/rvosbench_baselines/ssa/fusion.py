"""Attention between pixels and words in both directions at once, over one table of scores.

Liu et al., Grounding DINO (ECCV 2024), after Li et al., GLIP (CVPR 2022).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LIMIT = 50000.0
"""Scores are held within it, so that half precision can hold them."""
SCALE_AT_START = 1e-4


class BothWays(nn.Module):
    def __init__(self, width: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.v_proj = nn.Linear(width, inner)
        self.l_proj = nn.Linear(width, inner)
        self.values_v_proj = nn.Linear(width, inner)
        self.values_l_proj = nn.Linear(width, inner)
        self.out_v_proj = nn.Linear(inner, width)
        self.out_l_proj = nn.Linear(inner, width)
        for projection in self.children():
            nn.init.xavier_uniform_(projection.get_parameter("weight"))
            nn.init.zeros_(projection.get_parameter("bias"))

    def forward(self, pixels: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """[B, N, C] and [B, M, C]: what each found in the other."""
        queries = self._split(self.v_proj(pixels))
        scores = queries * queries.shape[-1] ** -0.5 @ self._split(self.l_proj(words)).transpose(2, 3)
        scores = (scores - scores.max()).clamp(-LIMIT, LIMIT)
        # Beside the greatest of all, words also subtract the greatest of their own.
        of_words = scores.transpose(2, 3)
        of_words = (of_words - of_words.amax(-1, keepdim=True)).clamp(-LIMIT, LIMIT)
        for_pixels = self._kept(scores.softmax(-1)) @ self._split(self.values_l_proj(words))
        for_words = self._kept(of_words.softmax(-1)) @ self._split(self.values_v_proj(pixels))
        return self.out_v_proj(_joined(for_pixels)), self.out_l_proj(_joined(for_words))

    def _split(self, x: Tensor) -> Tensor:
        """[B, heads, N, d]"""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def _kept(self, shares: Tensor) -> Tensor:
        return functional.dropout(shares, self.dropout, self.training)


class FusionLayer(nn.Module):
    """The normalised inputs take the place of the inputs, also where the result is added."""

    def __init__(self, width: int, inner: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.layer_norm_v = nn.LayerNorm(width)
        self.layer_norm_l = nn.LayerNorm(width)
        self.attn = BothWays(width, inner, heads, dropout)
        self.gamma_v = nn.Parameter(torch.full((width,), SCALE_AT_START))
        self.gamma_l = nn.Parameter(torch.full((width,), SCALE_AT_START))

    def forward(self, pixels: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        pixels, words = self.layer_norm_v(pixels), self.layer_norm_l(words)
        for_pixels, for_words = self.attn(pixels, words)
        return pixels + self.gamma_v * for_pixels, words + self.gamma_l * for_words


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)
