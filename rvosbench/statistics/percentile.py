"""Intervals and p-values from draws alone, for figures that have no standard error by linearisation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.statistics.bootstrap import FEWEST_DRAWS, NOTHING, POWER, least_p
from rvosbench.statistics.intervals import LEVEL, Interval, expanded_percentile
from rvosbench.statistics.student import two_sided_quantile, upper_probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 1_000
"""Such figures are worked out anew for each draw, so there are fewer of them."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnUncertainty:
    """The same questions as to `Uncertainty`. `draws` are NaN where there is no figure."""

    estimate: float
    clusters: int
    draws: NDArray[np.float64]

    @property
    def known(self) -> bool:
        there = len(self._there)
        return self.clusters > 1 and there > 0 and there >= FEWEST_DRAWS * len(self.draws)

    def interval(self, level: float = LEVEL) -> Interval | None:
        draws = self._there
        if not self.known or np.ptp(draws) <= NOTHING:
            return None
        return expanded_percentile(draws, self.clusters, level)

    def noise(self, level: float = LEVEL) -> float:
        if not self.known:
            return math.inf
        interval = self.interval(level)
        return 0.0 if interval is None else (interval.high - interval.low) / 2

    def detectable(self, level: float = LEVEL, power: float = POWER) -> float:
        noise = self.noise(level)
        return noise * (1 + self._t(2 * power - 1) / self._t(level)) if noise < math.inf else noise

    def p_value(self) -> float:
        """Below 5 % where the interval leaves 0 out, as far as the number of draws can tell."""
        draws = self._there
        if not self.known or not self.estimate:
            return 1.0
        below, above = np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0)
        tail = min(0.5, (1 + min(below, above)) / (1 + len(draws)))
        t = -NormalDist().inv_cdf(tail) * math.sqrt((self.clusters - 1) / self.clusters)
        return max(2 * upper_probability(t, self.clusters - 1), least_p(self.clusters))

    @property
    def _there(self) -> NDArray[np.float64]:
        return self.draws[~np.isnan(self.draws)]

    def _t(self, level: float) -> float:
        return two_sided_quantile(level, self.clusters - 1)
