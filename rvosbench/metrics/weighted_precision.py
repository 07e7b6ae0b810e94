"""mAP of images that are counted several times or not at all: what drawing images again needs.

Nothing is sorted or matched again. How many detections count up to each right one, and how many of these
there are, are cumulative sums of the weights; the copies of a detection stand together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.metrics.average_precision import (
    AP_50,
    AP_75,
    AP_L,
    AP_M,
    AP_S,
    AREAS,
    AT_50,
    AT_75,
    M_AP,
    M_AP_BEST,
    RECALL_LEVELS,
    ImageDetections,
    curve,
    match,
    outside,
    ranked,
    ranking,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Hits(NamedTuple):
    """The detections that find a ground truth at one threshold, in the order of scores."""

    places: NDArray[np.intp]  # among all detections
    images: NDArray[np.intp]
    right: NDArray[np.int64]  # 1 if the ground truth is of the range of areas, so that the detection is right
    correction: NDArray[np.int64]  # a detection that finds one counts as the ground truth does, by its area


class _Range(NamedTuple):
    """What is fixed for a range of areas."""

    truths: NDArray[np.int64]  # [images]: 1 if its ground truth is of this range
    counting: NDArray[np.int64]  # [detections]: 1 if its own area is
    hits: tuple[_Hits, ...]  # for each threshold


class WeightedPrecision:
    """Of images with one ground truth each, in any order."""

    def __init__(self, images: Sequence[ImageDetections]) -> None:
        self._by_name = np.array(sorted(range(len(images)), key=lambda place: images[place].image), np.intp)
        in_order = [images[place] for place in self._by_name]
        self._every = _Prepared(in_order, AREAS)
        self._best = _Prepared([one.best() for one in in_order], {"all": AREAS["all"]})

    def figures(self, weights: NDArray[np.int64]) -> dict[str, float]:
        """Key -> figure, with each image counted so many times, [images]. A figure that nothing is left for
        is not there."""
        times = weights[self._by_name]
        found = {
            M_AP_BEST.key: _mean(self._best.precision("all", times)),
            AP_S.key: _mean(self._every.precision("small", times)),
            AP_M.key: _mean(self._every.precision("medium", times)),
            AP_L.key: _mean(self._every.precision("large", times)),
        }
        whole = self._every.precision("all", times)
        if whole is not None:
            found |= {M_AP.key: _mean(whole), AP_50.key: _mean(whole[AT_50]), AP_75.key: _mean(whole[AT_75])}
        return {key: figure for key, figure in found.items() if figure is not None}


class _Prepared:
    def __init__(self, images: Sequence[ImageDetections], areas: Mapping[str, tuple[float, float]]) -> None:
        in_order = [ranked(one) for one in images]
        order = ranking(in_order)
        detections = [len(one.scores) for one in in_order]
        self._image = np.repeat(np.arange(len(images)), detections)[order]
        matched = match(in_order)["all"].matched[:, order]
        own = np.concatenate([one.areas for one in in_order])[order]
        truth = np.concatenate([one.truth_areas for one in in_order])
        self._ranges = {
            name: self._range(matched, ~outside(own, *limits), ~outside(truth, *limits))
            for name, limits in areas.items()
        }

    def precision(self, name: str, times: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """[thresholds, levels of recall]; None where there is nothing to be found."""
        of = self._ranges[name]
        truths = int(times @ of.truths)
        if not truths:
            return None
        before = np.cumsum(times[self._image] * of.counting)
        found = np.zeros((len(of.hits), len(RECALL_LEVELS)))
        for row, hits in zip(found, of.hits, strict=True):
            own = times[hits.images]
            counting = before[hits.places] + np.cumsum(own * hits.correction)
            right = np.cumsum(own * hits.right)
            there = (own * hits.right) > 0
            if there.any():
                row[:] = curve(right[there].astype(np.float64), counting[there], truths)[0]
        return found

    def _range(
        self, matched: NDArray[np.bool_], counting: NDArray[np.bool_], truths: NDArray[np.bool_]
    ) -> _Range:
        hits = []
        for row in matched:
            places = np.flatnonzero(row)
            right = truths[self._image[places]].astype(np.int64)
            hits.append(_Hits(places, self._image[places], right, right - counting[places]))
        return _Range(truths.astype(np.int64), counting.astype(np.int64), tuple(hits))


def _mean(precision: NDArray[np.float64] | None) -> float | None:
    return None if precision is None else float(np.mean(precision))
