"""Intervals and p-values by the symmetric studentised bootstrap over clusters.

Each draw is measured in its own standard error, and the interval reaches as far to both sides as 95 % of the
draws do (Hall, On Symmetric Bootstrap Confidence Intervals, Journal of the Royal Statistical Society B 50,
1988). Decision 0013 has the simulation by which it was chosen.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rvosbench.statistics.draws import RESAMPLES, SEED, portions, resample_counts
from rvosbench.statistics.intervals import LEVEL, Interval, quantile
from rvosbench.statistics.student import two_sided_quantile, upper_probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.statistics.ratios import LinearFigures

K = TypeVar("K", bound=Hashable)

POWER = 0.8
MOST = 2.0
"""An interval is never wider than so many of Student's: where all but one or two clusters are the same, most
draws have hardly any spread, and measured in it everything would be infinitely far away."""
NOTHING = 1e-12
"""A standard error below this is rounding."""
FEWEST_DRAWS = 0.9
"""The share of draws that must hold a unit that counts: a figure of a handful of units has no interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """What the draws tell of one figure. `clusters` are those that hold what it is about; `ratios` the
    absolute values of the studentised deviations of all draws that have the figure."""

    estimate: float
    error: float
    clusters: int
    ratios: NDArray[np.float64]

    @property
    def known(self) -> bool:
        """Whether anything can be said at all."""
        return self.clusters > 1 and len(self.ratios) > 0

    def interval(self, level: float = LEVEL) -> Interval | None:
        """None of a single cluster, of a figure that too many draws do not have, and where all clusters are
        the same: then nothing tells how different others might be."""
        if not self.known or not self.error:
            return None
        reach = self.noise(level)
        return Interval(self.estimate - reach, self.estimate + reach, level)

    def noise(self, level: float = LEVEL) -> float:
        """Half the width of the interval: a difference below it cannot be told from none."""
        if not self.known:
            return math.inf
        most = MOST * two_sided_quantile(level, self.clusters - 1)
        return min(quantile(self.ratios, level), most) * self.error

    def detectable(self, level: float = LEVEL, power: float = POWER) -> float:
        """The true difference that would be found with this power."""
        if not self.known:
            return math.inf
        return self.noise(level) + two_sided_quantile(2 * power - 1, self.clusters - 1) * self.error

    def p_value(self) -> float:
        """Two-sided, of the figure being 0: below 5 % where the interval leaves 0 out. But never below the
        chance that all clusters agree in sign by accident, so that a handful of them proves nothing."""
        if not self.known or not self.estimate:
            return 1.0
        reached = abs(self.estimate) / self.error if self.error else math.inf
        beyond = int(np.count_nonzero(self.ratios >= reached))
        drawn = (1 + beyond) / (1 + len(self.ratios))
        at_most = 2 * upper_probability(reached / MOST, self.clusters - 1)
        return max(min(drawn, at_most), least_p(self.clusters))


def least_p(clusters: int) -> float:
    """No p-value is below it: the chance that all clusters agree in sign by accident."""
    return math.ldexp(1.0, 1 - clusters)


def bootstrap(
    figures: LinearFigures[K], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[K, Uncertainty]:
    """Of each figure."""
    ratios = np.empty((len(figures.keys), resamples))
    for first, rows in portions(figures.clusters, resamples):
        drawn = figures.drawn(resample_counts(figures.clusters, rows, seed, first))
        ratios[:, first : first + rows] = _studentised(drawn.deviations, drawn.errors)
    return {
        key: Uncertainty(
            float(figures.estimates[place]),
            float(figures.errors[place]) if figures.errors[place] > NOTHING else 0.0,
            int(figures.counting[place]),
            _those_there(ratios[place]),
        )
        for place, key in enumerate(figures.keys)
    }


def _those_there(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    missing = np.isnan(ratios)
    if not missing.any():
        return ratios
    there = ratios[~missing]
    return there if len(there) >= FEWEST_DRAWS * len(ratios) else there[:0]


def _studentised(deviations: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """A draw without spread that differs from the estimate is infinitely far from it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(deviations == 0, 0.0, np.abs(deviations) / errors)
