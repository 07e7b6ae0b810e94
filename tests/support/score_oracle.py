"""J and boundary F once more, written from the rule alone: arrays of pixels, one step after the other.

Shares nothing with the kernels, neither bit planes nor disks: whether a pixel lies near a boundary is asked
of the pixel of the boundary that is nearest, which SciPy finds.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]


def radius(height: int, width: int) -> int:
    return math.ceil(0.008 * float(np.linalg.norm((height, width))))


def boundary(mask: Mask) -> Mask:
    east, south, south_east = np.zeros_like(mask), np.zeros_like(mask), np.zeros_like(mask)
    east[:, :-1] = mask[:, 1:]
    south[:-1, :] = mask[1:, :]
    south_east[:-1, :-1] = mask[1:, 1:]
    found: Mask = (mask ^ east) | (mask ^ south) | (mask ^ south_east)
    found[-1, :] = mask[-1, :] ^ east[-1, :]
    found[:, -1] = mask[:, -1] ^ south[:, -1]
    found[-1, -1] = False
    return found


def near(edge: Mask, reach: int) -> Mask:
    """The pixels that have one of `edge` at most `reach` away."""
    if not edge.any():
        return np.zeros_like(edge)
    nearest = ndimage.distance_transform_edt(~edge, return_distances=False, return_indices=True)
    distance = nearest.astype(np.int64) - np.indices(edge.shape)
    is_near: Mask = (distance**2).sum(axis=0) <= reach**2
    return is_near


def region(truth: Mask, prediction: Mask, void: Mask | None = None) -> float:
    counted = np.ones_like(truth) if void is None else ~void
    intersection = np.sum(truth & prediction & counted)
    union = np.sum((truth | prediction) & counted)
    return 1.0 if union == 0 else float(intersection / union)


def contour(truth: Mask, prediction: Mask, reach: int, void: Mask | None = None) -> float:
    if void is not None:
        truth, prediction = truth & ~void, prediction & ~void
    true_edge, edge = boundary(truth), boundary(prediction)
    number_true, number = true_edge.sum(), edge.sum()
    if number == 0 and number_true > 0:
        precision, recall = 1.0, 0.0
    elif number > 0 and number_true == 0:
        precision, recall = 0.0, 1.0
    elif number == 0 and number_true == 0:
        precision, recall = 1.0, 1.0
    else:
        precision = np.sum(edge & near(true_edge, reach)) / float(number)
        recall = np.sum(true_edge & near(edge, reach)) / float(number_true)
    if precision + recall == 0:
        return 0.0
    return float(2 * precision * recall / (precision + recall))


def score(
    truth: Mask, prediction: Mask, reach: int | None = None, void: Mask | None = None
) -> tuple[float, float]:
    reach = radius(*truth.shape) if reach is None else reach
    return region(truth, prediction, void), contour(truth, prediction, reach, void)
