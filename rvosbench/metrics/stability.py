"""Temporal stability: how much the quality of a unit, or the prediction itself, changes from frame to frame.

SOC reports the variance of J and of J&F over the frames of a video, without saying which variance; no code
for it was published. Here it is the population variance over the scored frames of an expression, averaged
over expressions: rvosbench's definition, after SOC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.metrics.base import Direction, MetricInfo, UnitMetric, UnitScores, mean_over_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CITATION = (
    "rvosbench's definition, after Luo et al., SOC: Semantic-Assisted Object Cluster for Referring Video "
    "Object Segmentation, NeurIPS 2023, Fig. 4"
)


def variance(values: NDArray[np.float64]) -> float | None:
    """Population variance over frames; None for fewer than two of them."""
    return float(np.var(values)) if len(values) > 1 else None


def flicker(consecutive: NDArray[np.float64]) -> float | None:
    """What a prediction does not share with the next one, on average; needs no ground truth."""
    return 1.0 - mean_over_frames(consecutive) if len(consecutive) else None


def _j(unit: UnitScores) -> NDArray[np.float64]:
    return unit.j


def _jf(unit: UnitScores) -> NDArray[np.float64]:
    return (unit.j + unit.f) / 2


def _over_all_frames(key: str, values: Callable[[UnitScores], NDArray[np.float64]]) -> UnitMetric:
    info = MetricInfo(
        key=f"stability_{key}",
        name=f"variance of {key} over frames",
        direction=Direction.DOWN,
        range=(0.0, 0.25),
        unit="squared fraction",
        empty="a frame where prediction and ground truth are both empty counts as a perfect one",
        citation=_CITATION,
    )
    return UnitMetric(info, lambda unit: variance(values(unit)) if unit.complete else None)


def _over_frames_with_target(key: str, values: Callable[[UnitScores], NDArray[np.float64]]) -> UnitMetric:
    info = MetricInfo(
        key=f"stability_{key}_present",
        name=f"variance of {key} over the frames in which the target can be seen",
        direction=Direction.DOWN,
        range=(0.0, 0.25),
        unit="squared fraction",
        empty="frames without target are left out; an empty prediction scores 0 in the others",
        citation=_CITATION,
    )
    return UnitMetric(info, lambda unit: variance(values(unit)[unit.present]) if unit.complete else None)


def _flicker_of(unit: UnitScores) -> float | None:
    if unit.consecutive is None or not unit.complete:
        return None
    return flicker(unit.consecutive)


STABILITY_J = _over_all_frames("J", _j)
STABILITY_JF = _over_all_frames("J&F", _jf)
STABILITY_J_PRESENT = _over_frames_with_target("J", _j)
STABILITY_JF_PRESENT = _over_frames_with_target("J&F", _jf)
FLICKER = UnitMetric(
    MetricInfo(
        key="flicker",
        name="change of the prediction from frame to frame",
        direction=Direction.DOWN,
        range=(0.0, 1.0),
        unit="fraction",
        empty="two empty predictions in a row are no change; from empty to something is a whole one",
        citation="rvosbench's definition: 1 less the mean J of a prediction with the next one",
    ),
    _flicker_of,
)
