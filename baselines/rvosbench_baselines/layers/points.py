"""Masks compared at some points instead of all pixels, as PointRend and Mask2Former train.

Kirillov et al., PointRend (CVPR 2020).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import grid_sample


def at_points(maps: Tensor, points: Tensor) -> Tensor:
    """[n, c, P] of maps [n, c, h, w]: bilinear values at points [n or 1, P, 2], (x, y) from 0 to 1."""
    grid = 2 * points.expand(len(maps), -1, -1)[:, :, None] - 1
    return grid_sample(maps, grid.to(maps.dtype), mode="bilinear", align_corners=False)[..., 0]


@torch.no_grad()
def uncertain_points(logits: Tensor, count: int, oversample: float, share: float) -> Tensor:
    """[n, count, 2] for mask logits [n, 1, h, w]: of `oversample` times as many random points the share whose
    logits are nearest to 0, and further random ones."""
    drawn = torch.rand(len(logits), int(count * oversample), 2, device=logits.device)
    doubt = -at_points(logits.float(), drawn)[:, 0].abs()
    kept = int(share * count)
    chosen = doubt.topk(kept, dim=1).indices
    doubtful = drawn.gather(1, chosen[..., None].expand(-1, -1, 2))
    return torch.cat([doubtful, torch.rand(len(logits), count - kept, 2, device=logits.device)], 1)
