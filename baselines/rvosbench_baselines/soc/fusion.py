"""Multi-modal fusion: pixels are scaled by what they find among the words, and words by what they find among
the pixels. One pair of attentions serves all levels."""

from __future__ import annotations

from torch import Tensor, nn


class Fusion(nn.Module):
    """The attended context is multiplied with the input, not added to it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(width, heads)

    def forward(self, x: Tensor, context: Tensor, padding: Tensor, codes: Tensor) -> Tensor:
        """`x` [N, B, C], `context` and `codes` [M, B, C]; `padding` [B, M] is True for what is no context."""
        attended = self.multihead_attn(
            x, context + codes, context, key_padding_mask=padding, need_weights=False
        )[0]
        fused: Tensor = x * attended
        return fused
