"""Are two results different, and how sure is it? Everything is resampled by video."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from rvosbench.statistics.draws import RESAMPLES, SEED, portions, resample_counts
from rvosbench.statistics.intervals import LEVEL, Interval, expanded_percentile
from rvosbench.statistics.ratios import Ratios


def interval_of(
    values_by_unit: Iterable[float | None],
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval | None:
    """Of the mean over units; None marks units that do not count. `clusters` are the videos of the units, in
    the same order. None where there are fewer than two videos with a unit that counts."""
    pairs = [
        (cluster, value)
        for cluster, value in zip(clusters, values_by_unit, strict=True)
        if value is not None and not np.isnan(value)
    ]
    names = sorted({cluster for cluster, _ in pairs}, key=str)
    if len(names) < 2:
        return None
    place = {name: number for number, name in enumerate(names)}
    values = np.array([[value] for _, value in pairs], np.float64)
    ratios = Ratios.of_means(values, np.array([place[cluster] for cluster, _ in pairs]), len(names))
    drawn = [
        ratios.weighted(resample_counts(len(names), rows, seed, first))[:, 0]
        for first, rows in portions(len(names), resamples)
    ]
    return expanded_percentile(np.concatenate(drawn), len(names), level)
