"""Confidence intervals from bootstrap draws. Which of them is used, and why: decision 0013."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rvosbench.statistics.student import normal_lower_probability, two_sided_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95
FEWEST_DRAWS = 0.9  # the share of draws in which a figure must exist


class Interval(NamedTuple):
    low: float
    high: float
    level: float = LEVEL

    def as_json(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high, "level": self.level}


def percentile(draws: NDArray[np.float64], level: float = LEVEL) -> Interval:
    """The middle of the draws."""
    return _between(draws, (1 - level) / 2, level)


def expanded_percentile(draws: NDArray[np.float64], clusters: int, level: float = LEVEL) -> Interval:
    """The middle of the draws, a little more of it: as much as makes up for the draws being narrower than
    they should be with few clusters (Hesterberg, What Teachers Should Know About the Bootstrap, The American
    Statistician 69, 2015, 3.3)."""
    t = two_sided_quantile(level, clusters - 1)
    return _between(draws, normal_lower_probability(-t * math.sqrt(clusters / (clusters - 1))), level)


def quantile(ordered: NDArray[np.float64], share: float) -> float:
    """Of values in order, linear between two of them."""
    place = share * (len(ordered) - 1)
    low = min(int(place), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    below, above = float(ordered[low]), float(ordered[high])
    return below + (above - below) * (place - low)


def _between(draws: NDArray[np.float64], tail: float, level: float) -> Interval:
    ordered = np.sort(draws)
    return Interval(quantile(ordered, tail), quantile(ordered, 1 - tail), level)
