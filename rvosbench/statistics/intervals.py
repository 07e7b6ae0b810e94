"""What an interval is, and the ones that are made from quantiles of draws alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rvosbench.statistics.student import normal_lower_probability, two_sided_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95


class Interval(NamedTuple):
    low: float
    high: float
    level: float = LEVEL

    def within(self, least: float, most: float) -> Interval:
        """Cut to what the figure can be."""
        return Interval(max(self.low, least), min(self.high, most), self.level)

    def as_json(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "level": self.level}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Interval:
        return cls(float(values["low"]), float(values["high"]), float(values["level"]))


def expanded_percentile(draws: NDArray[np.float64], clusters: int, level: float = LEVEL) -> Interval:
    """The middle of the draws, a little more of it: as much as makes up for the draws being narrower than
    they should be with few clusters (Hesterberg, What Teachers Should Know About the Bootstrap, The American
    Statistician 69, 2015). For figures that have no standard error by linearisation, such as mAP."""
    t = two_sided_quantile(level, clusters - 1)
    tail = normal_lower_probability(-t * math.sqrt(clusters / (clusters - 1)))
    return Interval(quantile(draws, tail), quantile(draws, 1 - tail), level)


def quantile(values: NDArray[np.float64], share: float) -> float:
    """Linear between two of the values."""
    place = share * (len(values) - 1)
    low = min(int(place), len(values) - 1)
    high = min(low + 1, len(values) - 1)
    below, above = np.partition(values, (low, high))[[low, high]].tolist()
    return float(below if below == above else below + (above - below) * (place - low))
