"""Which query is to learn which object: the assignment that costs least in all."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from rvosbench_baselines.layers.losses import dice

Match = tuple[Tensor, Tensor]
"""Places of queries, and of the objects that they are to learn."""


@torch.no_grad()
def match(
    scores: Tensor, logits: Tensor, targets: Tensor, class_cost: float, mask_cost: float, dice_cost: float
) -> Match:
    """`scores` [q]: how likely a query is an object; `logits` [q, P], `targets` [n, P], of equal points."""
    if not len(targets):
        nothing = torch.zeros(0, dtype=torch.int64, device=logits.device)
        return nothing, nothing
    logits, targets = logits.float(), targets.float()
    inside = cross_entropy(logits, torch.ones_like(logits), reduction="none")
    outside = cross_entropy(logits, torch.zeros_like(logits), reduction="none")
    entropy = (inside @ targets.T + outside @ (1 - targets).T) / logits.shape[1]
    alike = dice(logits[:, None], targets[None])
    costs = -class_cost * scores.float()[:, None] + mask_cost * entropy + dice_cost * (1 - alike)
    queries, objects = linear_sum_assignment(costs.cpu().numpy())
    return (
        torch.from_numpy(queries).to(logits.device),
        torch.from_numpy(objects).to(logits.device),
    )
