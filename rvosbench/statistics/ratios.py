"""Sums over clusters that are exact however they are weighted and in whatever order they are added.

A mean over units is a ratio of two sums, and so is an overall IoU. The terms are rounded once, to whole
multiples of a power of two that is small enough for everything that is added later; from there on nothing is
rounded any more. So neither the order of the units nor the BLAS that multiplies can change a bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 52  # whole numbers up to this power of two are exact in a double


class Ratios:
    """Numerators and denominators of several figures, [units, figures], added up by cluster."""

    def __init__(
        self,
        numerators: NDArray[np.float64],
        denominators: NDArray[np.float64],
        cluster_of: NDArray[np.int64],
        clusters: int,
    ) -> None:
        self.clusters = clusters
        self._above, self._above_step = _whole(numerators, cluster_of, clusters)
        self._below, self._below_step = _whole(denominators, cluster_of, clusters)

    @classmethod
    def of_means(cls, values: NDArray[np.float64], cluster_of: NDArray[np.int64], clusters: int) -> Ratios:
        """Each figure is the mean of a column; NaN marks units that do not count."""
        counting = ~np.isnan(values)
        return cls(np.where(counting, values, 0.0), counting.astype(np.float64), cluster_of, clusters)

    @property
    def numerators(self) -> NDArray[np.float64]:
        """[clusters, figures]"""
        return self._above * self._above_step

    @property
    def denominators(self) -> NDArray[np.float64]:
        return self._below * self._below_step

    def weighted(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The ratios with each cluster taken so many times: [draws, clusters] -> [draws, figures]. NaN where
        the denominator is 0."""
        times = counts.astype(np.float64)
        above = (times @ self._above) * self._above_step
        below = (times @ self._below) * self._below_step
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(below > 0, above / below, np.nan)


def _whole(
    terms: NDArray[np.float64], cluster_of: NDArray[np.int64], clusters: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums by cluster in whole steps, [clusters, figures], and the step of each figure. As many clusters are
    drawn as there are, so no weighted sum is larger than `clusters` times the largest cluster."""
    largest = np.max(np.abs(terms), axis=0, initial=0.0)
    units = int(np.max(np.bincount(cluster_of, minlength=1), initial=1))
    step = np.array([_step(float(one) * units * clusters) for one in largest])
    steps = np.rint(terms / step)
    columns = [np.bincount(cluster_of, column, clusters) for column in steps.T]
    return np.stack(columns, axis=1) if columns else np.zeros((clusters, 0)), step


def _step(most: float) -> float:
    return math.ldexp(1.0, math.frexp(most)[1] - _BITS) if most else 1.0
