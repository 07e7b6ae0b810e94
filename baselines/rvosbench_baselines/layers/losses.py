"""What masks, classes and boxes are trained with, one value per row; callers sum and weigh them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

SMOOTH_MASK = 1.0
SMOOTH_BOX = 1e-6


def dice(logits: Tensor, targets: Tensor) -> Tensor:
    """[...] of logits and targets, 0 or 1, [..., pixels]: twice what is shared, of what both hold; 1 is best.
    One pixel more in both keeps empty masks finite."""
    probabilities = logits.sigmoid()
    shared = 2 * (probabilities * targets).sum(-1)
    return (shared + SMOOTH_MASK) / (probabilities.sum(-1) + targets.sum(-1) + SMOOTH_MASK)


def focal(logits: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """Elementwise; what is nearly right counts little. Lin et al., RetinaNet (ICCV 2017)."""
    probabilities = logits.sigmoid()
    right = probabilities * targets + (1 - probabilities) * (1 - targets)
    weight = alpha * targets + (1 - alpha) * (1 - targets)
    entropy = binary_cross_entropy_with_logits(logits, targets.expand_as(logits), reduction="none")
    return weight * entropy * (1 - right) ** gamma


def corners(boxes: Tensor) -> Tensor:
    """(left, top, right, bottom) of (centre, width, height)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], -1)


def generalized_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """[...] of corners [..., 4], which broadcast. Rezatofighi et al. (CVPR 2019), kept finite for boxes
    without area."""
    shared = _area(
        torch.maximum(boxes[..., :2], others[..., :2]), torch.minimum(boxes[..., 2:], others[..., 2:])
    )
    hull = _area(
        torch.minimum(boxes[..., :2], others[..., :2]), torch.maximum(boxes[..., 2:], others[..., 2:])
    )
    union = _area(boxes[..., :2], boxes[..., 2:]) + _area(others[..., :2], others[..., 2:]) - shared
    iou = (shared + SMOOTH_BOX) / (union + SMOOTH_BOX)
    return iou - (hull - union + SMOOTH_BOX) / (hull + SMOOTH_BOX)


def _area(low: Tensor, high: Tensor) -> Tensor:
    return (high - low).clamp(min=0).prod(-1)
