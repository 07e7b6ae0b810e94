"""P@K, mean and overall IoU: how well the best prediction of an image fits (A2D- and JHMDB-Sentences).

The official script works in single precision and adds a millionth to intersection and union. Which exact
ratios pass a threshold then depends on the size of the mask (60 of 100 pixels pass P@0.6, 70 of 100 fail
P@0.7), so it is done here in the same precision and order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)

_EPSILON = np.float32(1e-6)
_EMPTY = "a prediction and a ground truth that are both empty fit perfectly"
_A2D = "Gavrilyuk et al., Actor and Action Video Segmentation from a Sentence, CVPR 2018"
_CITATION = f"{_A2D}; in single precision as in the evaluation of MTTR, Botach et al., CVPR 2022"


def precision_key(threshold: float) -> str:
    return f"P@{threshold}"


def best_detection(scores: NDArray[np.float64]) -> int:
    """The place of the highest score; of several equal ones, the last in the order of the submission."""
    return len(scores) - 1 - int(np.argmax(scores[::-1]))


def single_precision_iou(intersection: ArrayLike, union: ArrayLike) -> NDArray[np.float64]:
    """The IoU that P@K and mIoU are about, one per image: a single-precision number, kept as a double."""
    shared = np.asarray(intersection).astype(np.float32) + _EPSILON
    either = np.asarray(union).astype(np.float32) + _EPSILON
    return np.asarray(shared / either).astype(np.float64)


def precision_at(threshold: float, ious: NDArray[np.float64]) -> float:
    """The share of images whose IoU is above the threshold."""
    return np.count_nonzero(ious > threshold) / len(ious)


def mean_iou(ious: NDArray[np.float64]) -> float:
    return math.fsum(ious) / len(ious)


def overall_iou(intersections: ArrayLike, unions: ArrayLike) -> float:
    """All shared pixels over all pixels, so that large targets count more; 1 where there are no pixels."""
    either = int(np.sum(unions))
    return int(np.sum(intersections)) / either if either else 1.0


P_AT_K = tuple(
    MetricInfo(
        key=precision_key(threshold),
        name=f"share of images with an IoU above {threshold}",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty=_EMPTY,
        citation=_CITATION,
    )
    for threshold in THRESHOLDS
)
M_IOU = MetricInfo(
    key="mIoU",
    name="mean over images of the IoU",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty=_EMPTY,
    citation=_CITATION,
)
O_IOU = MetricInfo(
    key="oIoU",
    name="intersection over union of the pixels of all images together",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty="an image whose masks are both empty adds nothing",
    citation=_A2D,
)
