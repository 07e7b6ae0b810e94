"""Attention and feed-forward layers that add, then normalise. The names inside are those of Mask2Former."""

from __future__ import annotations

from torch import Tensor, nn


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        """`x` [B, N, C]; `codes` of positions are added to queries and keys."""
        placed = x + codes
        normed: Tensor = self.norm(x + self.self_attn(placed, placed, x, need_weights=False)[0])
        return normed


class CrossAttention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        codes: Tensor,
        *,
        context_codes: Tensor | None = None,
        padding: Tensor | None = None,
        hidden: Tensor | None = None,
    ) -> Tensor:
        """`x` [B, N, C], `context` [B, M, C]. `padding` [B, M] is True for what is no context, `hidden`
        [B, N, M] where x must not look."""
        keys = context if context_codes is None else context + context_codes
        if hidden is not None:
            hidden = hidden.repeat_interleave(self.multihead_attn.num_heads, 0)
        attended = self.multihead_attn(
            x + codes, keys, context, key_padding_mask=padding, attn_mask=hidden, need_weights=False
        )[0]
        normed: Tensor = self.norm(x + self.dropout(attended))
        return normed


class FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, hidden)
        self.linear2 = nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(x + self.linear2(self.linear1(x).relu()))
        return normed


def xavier(module: nn.Module) -> None:
    """Every matrix as the authors start it."""
    for weight in module.parameters():
        if weight.ndim > 1:
            nn.init.xavier_uniform_(weight)
