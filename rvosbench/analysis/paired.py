"""Are two results different, and how sure is it? Everything is resampled by video."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from rvosbench.statistics.bootstrap import bootstrap
from rvosbench.statistics.draws import RESAMPLES, SEED
from rvosbench.statistics.intervals import LEVEL, Interval
from rvosbench.statistics.ratios import LinearFigures


def interval_of(
    values_by_unit: Iterable[float | None],
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """Of the mean over units; None marks units that do not count. `clusters` are the videos of the units, in
    the same order. None where there is none: of fewer than two videos, or where all are equal. Not cut to any
    range."""
    pairs = [
        (cluster, value)
        for cluster, value in zip(clusters, values_by_unit, strict=True)
        if value is not None and not np.isnan(value)
    ]
    names = sorted({cluster for cluster, _ in pairs}, key=str)
    if len(names) < 2:
        return None
    place = {name: number for number, name in enumerate(names)}
    values = np.array([value for _, value in pairs], np.float64)
    term = (1.0, values, np.ones_like(values))
    of_unit = np.array([place[cluster] for cluster, _ in pairs], np.int64)
    found = bootstrap(LinearFigures({"mean": [term]}, of_unit, len(names)), resamples, seed)
    return found["mean"].interval(level)
