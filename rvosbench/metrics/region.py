"""J, region similarity: intersection over union of the pixels of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, mean_over_frames

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

J = UnitMetric(
    MetricInfo(
        key="J",
        name="region similarity",
        direction=Direction.UP,
        range=(0.0, 1.0),
        unit="fraction",
        empty="1 where prediction and ground truth are both empty, 0 where only one of them is",
        citation="Perazzi et al., A Benchmark Dataset and Evaluation Methodology for Video Object "
        "Segmentation, CVPR 2016; empty masks as in the DAVIS 2017 evaluation, arXiv:1704.00675",
    ),
    lambda unit: mean_over_frames(unit.j),
)


def region_similarity(intersection: ArrayLike, union: ArrayLike) -> NDArray[np.float64]:
    """J from counts of pixels, element by element. Void pixels are in neither count."""
    shared = np.asarray(intersection, np.float64)
    either = np.asarray(union, np.float64)
    return np.divide(shared, either, out=np.ones(np.broadcast(shared, either).shape), where=either > 0)
