"""Figures that are sums of ratios, and what becomes of them when clusters are drawn again.

A mean over units is a ratio of two sums over units, and so is an overall IoU; J&F is half the sum of two
means, a difference of two methods the sum of one and the negative other. So everything that is known of a
cluster is what it adds to each numerator and denominator, and a resample is a product of two matrices.

The terms of a sum are rounded once, to whole multiples of a power of two that is small enough for everything
that is added later; from there on nothing is rounded any more. So neither the order of the units nor the way
in which a library multiplies matrices can change a bit.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Terms = Sequence[tuple[float, Floats, Floats]]
    """Of a figure: weight, numerators and denominators, the latter two [units]."""

K = TypeVar("K", bound=Hashable)

_BITS = 52  # whole numbers up to this power of two are exact in a double


class _Ratio(NamedTuple):
    value: float
    residuals: Floats  # [clusters]: numerators less what they would be if all clusters had the same ratio
    denominators: Floats  # [clusters]


class Drawn(NamedTuple):
    """[figures, draws]. NaN where a draw has no unit that counts."""

    deviations: Floats  # from the estimate
    errors: Floats  # the standard error that one would work out from the draw alone


class LinearFigures(Generic[K]):
    """Several figures of the same clusters. Raises ValueError for one of which no unit counts."""

    def __init__(self, figures: Mapping[K, Terms], cluster_of: NDArray[np.int64], clusters: int) -> None:
        self.keys = tuple(figures)
        self.clusters = clusters
        parts = [_ratios(terms, cluster_of, clusters) for terms in figures.values()]
        self._sums = _WeightedSums(clusters)
        self._numbers = [len(of) for of in parts]
        self._ratios = [one for of in parts for one in of]
        self._places = np.array(
            [[self._sums.add(one.residuals), self._sums.add(one.denominators)] for one in self._ratios]
        ).T
        self._pairs, self._pair_numbers = self._all_pairs()
        self.estimates = np.array([math.fsum(one.value for one in of) for of in parts])
        self.counting = np.array([min(np.count_nonzero(one.denominators) for one in of) for of in parts])
        """How many clusters hold what a figure is about; of its ratios that for which they are fewest."""
        self.errors = self.drawn(np.ones((1, clusters), np.int64)).errors[:, 0]
        """By linearisation, from the spread between clusters."""

    def drawn(self, counts: NDArray[np.int64]) -> Drawn:
        """With each cluster taken so many times, [draws, clusters]."""
        sums = self._sums.weighted(counts)
        one, other, times, both, left, right, bases = self._pairs
        with np.errstate(invalid="ignore", divide="ignore"):
            below = sums[self._places[1]]
            moved = sums[self._places[0]] / below
            # The square of what a cluster adds to a figure, to first order, summed over the clusters.
            d, e = moved[one], moved[other]
            products = sums[both] - e * sums[left] - d * (sums[right] - e * sums[bases])
            products *= times[:, None] / (below[one] * below[other])
            squares = np.maximum(_added(products, self._pair_numbers), 0.0)
            errors = np.sqrt(squares * (self.counting / np.maximum(1, self.counting - 1))[:, None])
        return Drawn(_added(moved, self._numbers), errors)

    def _all_pairs(self) -> tuple[tuple[NDArray[np.int64], ...], list[int]]:
        """For each two ratios of a figure: their places, how often the two occur, and where the sums of the
        four products of their residuals and denominators are; and how many pairs each figure has."""
        rows, numbers, start = [], [], 0
        for count in self._numbers:
            ratios = range(start, start + count)
            own = [self._pair(one, other) for one in ratios for other in ratios if one <= other]
            rows += own
            numbers.append(len(own))
            start += count
        return tuple(np.array(rows, np.int64).T), numbers

    def _pair(self, one: int, other: int) -> tuple[int, ...]:
        (_, e, n), (_, f, m) = self._ratios[one], self._ratios[other]
        add = self._sums.add
        return one, other, 1 if one == other else 2, add(e * f), add(e * m), add(n * f), add(n * m)


def _added(rows: Floats, numbers: Sequence[int]) -> Floats:
    """The first so many rows added up, then the next, and so on."""
    starts = np.concatenate(([0], np.cumsum(numbers)))[:-1]
    found = rows[starts]
    for place, (start, number) in enumerate(zip(starts.tolist(), numbers, strict=True)):
        for more in range(1, number):
            found[place] += rows[start + more]
    return found


def _ratios(terms: Terms, cluster_of: NDArray[np.int64], clusters: int) -> list[_Ratio]:
    """Those with the same denominator become one."""
    joined: dict[bytes, tuple[Floats, Floats]] = {}
    for weight, above, below in terms:
        denominators = _by_cluster(below, cluster_of, clusters)
        numerators = weight * _by_cluster(above, cluster_of, clusters)
        if denominators.tobytes() in joined:
            numerators += joined[denominators.tobytes()][0]
        joined[denominators.tobytes()] = numerators, denominators
    return [_ratio(numerators, denominators) for numerators, denominators in joined.values()]


def _ratio(numerators: Floats, denominators: Floats) -> _Ratio:
    total = math.fsum(denominators)
    if total <= 0:
        raise ValueError("a ratio whose denominators add up to nothing")
    value = math.fsum(numerators) / total
    return _Ratio(value, numerators - value * denominators, denominators)


def _by_cluster(terms: Floats, cluster_of: NDArray[np.int64], clusters: int) -> Floats:
    most = float(np.max(np.abs(terms), initial=0.0)) * len(terms)
    step = _step(most)
    return np.asarray(np.bincount(cluster_of, np.rint(terms / step), clusters) * step, np.float64)


def _step(most: float) -> float:
    """The smallest power of two of which everything up to `most` is a whole multiple that a double holds."""
    return math.ldexp(1.0, math.frexp(most)[1] - _BITS) if most else 1.0


class _WeightedSums:
    """What is summed over clusters, each thing once."""

    def __init__(self, clusters: int) -> None:
        self._clusters = clusters
        self._places: dict[bytes, int] = {}
        self._rows: list[Floats] = []
        self._steps: list[float] = []

    def add(self, row: Floats) -> int:
        """Its place among the sums."""
        key = row.tobytes()
        if key not in self._places:
            # As many clusters are drawn as there are: no sum is larger than if all were the largest one.
            step = _step(float(np.max(np.abs(row), initial=0.0)) * self._clusters)
            self._places[key] = len(self._rows)
            self._rows.append(np.rint(row / step))
            self._steps.append(step)
        return self._places[key]

    def weighted(self, counts: NDArray[np.int64]) -> Floats:
        """[sums, draws]"""
        sums: Floats = np.stack(self._rows) @ counts.T.astype(np.float64)
        sums *= np.array(self._steps)[:, None]
        return sums
