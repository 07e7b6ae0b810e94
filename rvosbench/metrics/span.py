"""tIoU and vIoU: is the target found in the right stretch of a long video, and how well there?

As in the evaluation of Long-RVOS, a missing frame is an empty prediction, and a unit of which nothing is
there scores 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, UnitScores

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CITATION = (
    "Liang et al., Long-RVOS: A Comprehensive Benchmark for Long-term Referring Video Object Segmentation, "
    "arXiv:2505.12702"
)


def temporal_iou(present: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """Frames with both target and prediction, over frames with either."""
    either = np.count_nonzero(present | predicted)
    return np.count_nonzero(present & predicted) / either if either else 1.0


def volume_iou(j: NDArray[np.float64], present: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """J summed over the frames with both, over the number of frames with either."""
    either = np.count_nonzero(present | predicted)
    return math.fsum(j[present & predicted]) / either if either else 1.0


def _temporal_iou_of(unit: UnitScores) -> float:
    return 0.0 if unit.missing.all() else temporal_iou(unit.present, unit.predicted)


def _volume_iou_of(unit: UnitScores) -> float:
    return 0.0 if unit.missing.all() else volume_iou(unit.j, unit.present, unit.predicted)


def _info(key: str, name: str) -> MetricInfo:
    return MetricInfo(
        key=key,
        name=name,
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty="frames without target and prediction do not count; 1 where that is all of them",
        citation=_CITATION,
    )


T_IOU = UnitMetric(_info("tIoU", "overlap in time of target and prediction"), _temporal_iou_of)
V_IOU = UnitMetric(_info("vIoU", "overlap in space and time of target and prediction"), _volume_iou_of)
