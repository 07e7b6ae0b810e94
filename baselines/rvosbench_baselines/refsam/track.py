"""Implicit tracking: what is known of the object after one frame becomes a token for the next."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class QueryInteractionModule(nn.Module):
    """Self-attention and two feed-forward parts. With the one token of a single object the attention weighs
    nothing, but its projections are parameters of the released design."""

    def __init__(self, width: int, *, heads: int, hidden: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.linear1 = nn.Linear(width, hidden)
        self.linear2 = nn.Linear(hidden, width)
        self.linear_feat1 = nn.Linear(width, hidden)
        self.linear_feat2 = nn.Linear(hidden, width)
        self.norm_feat = nn.LayerNorm(width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, object_token: Tensor, track_token: Tensor | None = None) -> Tensor:
        """The decoder's token [B, 1, C] and the track token that it was given, if any; to the next one."""
        known = object_token if track_token is None else object_token + track_token
        attended, _ = self.self_attn(known, known, known, need_weights=False)
        state = self.norm1(known + attended)
        state = self.norm2(state + self.linear2(functional.relu(self.linear1(state))))
        change = self.linear_feat2(functional.relu(self.linear_feat1(state)))
        token: Tensor = self.norm_feat(known + change)
        return token
