"""Stochastic depth: while training, a branch is left out for some rows of a batch.

Huang et al., Deep Networks with Stochastic Depth (ECCV 2016).
"""

from __future__ import annotations

from torch import Tensor, nn


class DropPath(nn.Module):
    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """The branch, or zero; scaled so that the mean is kept."""
        if not self.training or not self.rate:
            return branch
        kept = branch.new_empty(branch.shape[0], *[1] * (branch.ndim - 1)).bernoulli_(1 - self.rate)
        return branch * kept / (1 - self.rate)
