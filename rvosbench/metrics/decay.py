"""Recall and decay: in how many frames a unit is found, and what is lost between first and last quarter."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, mean_over_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOUND = 0.5
LAST_UINT8 = 255

_CITATION = (
    "Perazzi et al., A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation, "
    "CVPR 2016; quarters as in the DAVIS 2017 evaluation, arXiv:1704.00675"
)


def recall(values: NDArray[np.float64]) -> float:
    """The share of frames that score more than one half."""
    return mean_over_frames(values > FOUND)


def decay(values: NDArray[np.float64]) -> float:
    """The mean of the first quarter less that of the last; neighbouring quarters share a frame."""
    first, _, _, last = quarters(values)
    return mean_over_frames(first) - mean_over_frames(last)


def quarters(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The four stretches that decay looks at, each with both of its ends."""
    ends = np.round(np.linspace(1, len(values), 5) + 1e-10).astype(np.intp) - 1
    return [values[start : stop + 1] for start, stop in pairwise(ends)]


def same_as_uint8(frames: int) -> bool:
    """Whether the DAVIS evaluation cuts this many frames into the same quarters.

    It keeps their ends in bytes. From 256 frames on these overflow, its quarters are empty or out of place,
    and the decay is not a number; here the quarters stay quarters, and the result says so.
    """
    return frames <= LAST_UINT8


def _info(measure: str, statistic: str, name: str, direction: Direction, least: float) -> MetricInfo:
    return MetricInfo(
        key=f"{measure}_{statistic}",
        name=name,
        direction=direction,
        range=(least, 1.0),
        unit="fraction",
        empty=f"follows {measure} of the frame",
        citation=_CITATION,
    )


def _recall_of(measure: str) -> MetricInfo:
    return _info(measure, "recall", f"share of frames with {measure} above one half", Direction.UP, 0.0)


def _decay_of(measure: str) -> MetricInfo:
    return _info(measure, "decay", f"{measure} lost from first to last quarter", Direction.DOWN, -1.0)


J_RECALL = UnitMetric(_recall_of("J"), lambda unit: recall(unit.j))
J_DECAY = UnitMetric(_decay_of("J"), lambda unit: decay(unit.j))
F_RECALL = UnitMetric(_recall_of("F"), lambda unit: recall(unit.f))
F_DECAY = UnitMetric(_decay_of("F"), lambda unit: decay(unit.f))
