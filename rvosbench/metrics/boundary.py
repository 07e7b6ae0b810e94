"""F, boundary accuracy: how much of two outlines lies within a few pixels of the other one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench._kernels.disk import boundary_radius
from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, mean_over_frames

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TOLERANCE = 0.008  # of the diagonal of the image
ADAPTIVE_TOLERANCE = 0.1  # of the square root of the area of the target

_EMPTY = (
    "1 where neither mask has an outline, 0 where only one has; a mask that fills the image has no outline, "
    "so against an empty one it scores F = 1 and J = 0"
)

F = UnitMetric(
    MetricInfo(
        key="F",
        name="boundary accuracy",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty=_EMPTY,
        citation="Perazzi et al., A Benchmark Dataset and Evaluation Methodology for Video Object "
        "Segmentation, CVPR 2016; outline, disk and radius as in the DAVIS 2017 evaluation, arXiv:1704.00675",
    ),
    lambda unit: mean_over_frames(unit.f),
)

F_ADAPTIVE = MetricInfo(
    key="F_adaptive",
    name="boundary accuracy, with a radius that shrinks with the target",
    direction=Direction.UP,
    range=(0.0, 1.0),
    unit="fraction",
    empty=_EMPTY + "; where the target is empty, the radius is that of the image",
    citation="Ding et al., MOSEv2: A More Challenging Dataset for Video Object Segmentation in Complex "
    "Scenes, arXiv:2508.05630; radius as in the authors' evaluation",
)


class AdaptiveRadii(NamedTuple):
    adaptive: float
    """Of the adaptive F."""
    classical: float
    """Of the F that is reported beside it."""


def radius(height: int, width: int) -> int:
    """The distance, in pixels, within which outlines agree; 0.8 % of the diagonal, rounded up."""
    return boundary_radius(height, width)


def adaptive_radii(height: int, width: int, target_area: int) -> AdaptiveRadii:
    """The two radii of the MOSEv2 evaluation.

    Where the target is too large (or empty) for its own radius to be the smaller one, that evaluation dilates
    both times by the tolerance of the image without rounding it up; so the classical F changes there, too.
    """
    whole = _tolerance(height, width)
    own = math.ceil(ADAPTIVE_TOLERANCE * math.sqrt(target_area)) if target_area else whole
    if own < whole:
        return AdaptiveRadii(float(own), float(math.ceil(whole)))
    return AdaptiveRadii(whole, whole)


def boundary_accuracy(
    predicted: ArrayLike, truth: ArrayLike, predicted_near_truth: ArrayLike, truth_near_predicted: ArrayLike
) -> NDArray[np.float64]:
    """F from counts of outline pixels, element by element.

    The first two count all pixels of an outline, the last two those within the radius of the other outline.
    """
    precision = _share(predicted_near_truth, predicted)
    recall = _share(truth_near_predicted, truth)
    both = precision + recall
    return np.divide(2 * precision * recall, both, out=np.zeros(both.shape), where=both > 0)


def _share(near: ArrayLike, outline: ArrayLike) -> NDArray[np.float64]:
    """The part of an outline that is near the other one; nothing of an empty one is amiss."""
    part, whole = np.asarray(near, np.float64), np.asarray(outline, np.float64)
    return np.divide(part, whole, out=np.ones(np.broadcast(part, whole).shape), where=whole > 0)


def _tolerance(height: int, width: int) -> float:
    return TOLERANCE * math.sqrt(height * height + width * width)
