"""The error bars of a result: what its figures might have been with other videos of the same kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.metrics.catalogue import ALL
from rvosbench.statistics.bootstrap import bootstrap
from rvosbench.statistics.ratios import LinearFigures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.protocols.base import Protocol
    from rvosbench.protocols.units import Unit

AS_GOOD_AS_EQUAL = 1e-9


def intervals_of(
    protocol: Protocol, units: Sequence[Unit], figures: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """Key -> low, high, level. Figures that are no sums of ratios, such as mAP, have none here, and none has
    one that rests on too few videos."""
    terms = {key: parts for key, parts in protocol.terms(units).items() if key in figures}
    if not terms:
        return {}
    videos, of_unit = clusters(units)
    found = {}
    for key, one in bootstrap(LinearFigures(terms, of_unit, len(videos))).items():
        interval = one.interval()
        # A protocol of another package may have changed the figures without telling how they are made.
        if interval is not None and math.isclose(one.estimate, figures[key], abs_tol=AS_GOOD_AS_EQUAL):
            found[key] = interval.within(*range_of(key)).as_json()
    return found


def clusters(units: Sequence[Unit]) -> tuple[list[str], NDArray[np.int64]]:
    """The videos by name, and for each unit the place of its own. Equal for all methods on the same data."""
    videos = sorted({unit.video for unit in units})
    places = {video: place for place, video in enumerate(videos)}
    return videos, np.array([places[unit.video] for unit in units], np.int64)


def range_of(key: str) -> tuple[float, float]:
    """What a figure can be; of metrics of other packages nothing is assumed."""
    return next((info.range for info in ALL if info.key == key), (-math.inf, math.inf))
