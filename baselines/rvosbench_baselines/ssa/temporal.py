"""What the aligned queries of all frames make of each other, and the queries of the video as their mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rvosbench_baselines.layers.position_codes import sine_1d
from rvosbench_baselines.ssa.attention import SelfAttention, xavier


class TemporalEnsemble(nn.Module):
    """A query is a line through time: it sees its neighbours first, then all of its line."""

    def __init__(
        self, width: int, heads: int, *, near: bool = True, far: bool = True, weighed: bool = True
    ) -> None:
        """`near`, `far`, `weighed`: whether it sees its neighbours, all of its line, and weighs frames."""
        super().__init__()
        self.near, self.far, self.weighed = near, far, weighed
        self.short_temporal = nn.Sequential(
            nn.Conv1d(width, width, 5, padding="same", padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv1d(width, width, 3, padding="same", padding_mode="replicate"),
        )
        self.temporal_norm = nn.LayerNorm(width)
        self.long_temporal = SelfAttention(width, heads)
        xavier(self.long_temporal)
        self.time_aware_attn = nn.Linear(width, 1)

    def enhanced(self, queries: Tensor) -> Tensor:
        """[T, q, N, C]"""
        frames, count, clips, width = queries.shape
        lines = queries.permute(1, 2, 3, 0).flatten(0, 1)  # [q * N, C, T]
        if self.near:
            lines = self.short_temporal(lines) + lines
        lines = self.temporal_norm(lines.transpose(1, 2))
        if self.far:
            row = torch.zeros(1, frames, dtype=torch.bool, device=queries.device)
            lines = self.long_temporal(lines, sine_1d(row, width, normalize=False).to(lines.dtype))
        enhanced: Tensor = lines.view(count, clips, frames, width).permute(2, 0, 1, 3)
        return enhanced

    def mean(self, queries: Tensor) -> Tensor:
        """[T, q, N, C] -> [q, N, C]: frames that say more weigh more."""
        if not self.weighed:
            return queries.mean(0)
        weights = self.time_aware_attn(queries).softmax(0)
        mean: Tensor = (queries * weights).sum(0)
        return mean
