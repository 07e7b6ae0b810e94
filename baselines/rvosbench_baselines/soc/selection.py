"""From what the model returns to what is predicted: which query, and which pixels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def trajectory_scores(classes: Tensor) -> Tensor:
    """[B, q] of logits [T, B, q, K]: probabilities averaged over time, of the best class."""
    return classes.sigmoid().mean(0).amax(-1)


def probabilities(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """[T, height, width] of logits [T, h, w]."""
    enlarged = functional.interpolate(masks[None], size=size, mode="bilinear", align_corners=False)
    return enlarged[0].sigmoid()


def binary_masks(masks: Tensor, size: tuple[int, int], threshold: float = 0.5) -> Tensor:
    return probabilities(masks, size) > threshold
