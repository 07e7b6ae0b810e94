"""What a record takes from a result of the harness."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.stability import MEASURES
from rvosbench.evaluate import result as result_file
from rvosbench.evaluate import tables
from rvosbench.evaluate.intervals import clusters, range_of
from rvosbench.protocols.catalogue import find as find_protocol
from rvosbench.report.tables.numbers import is_percentage, shown
from rvosbench_leaderboard.records.model import Group, Record

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.metrics.base import Term
    from rvosbench.splits.split import Split

DIGITS = 2  # of percentages
VIDEO_DIGITS = 6  # of scores of single videos
_MEASURES = frozenset(one.key for one in MEASURES)


@dataclass(frozen=True, slots=True)
class Scored:
    """`exact` are the figures as they came, fractions included; everything else is as records have it."""

    exact: Mapping[str, float]
    printed: Mapping[str, str]
    intervals: Mapping[str, tuple[float, float]]
    videos: Mapping[str, float] | None
    weights: Mapping[str, int] | None
    stability: Mapping[str, float] | None
    attributes: tuple[Group, ...] | None
    fingerprint: str
    predictions: str
    data: str

    def into(self, record: Record) -> Record:
        source = replace(
            record.source, fingerprint=self.fingerprint, predictions=self.predictions, data=self.data
        )
        return replace(
            record,
            metrics={key: float(text) for key, text in self.printed.items()},
            printed=self.printed,
            intervals=self.intervals,
            videos=self.videos,
            weights=self.weights,
            stability=self.stability,
            attributes=self.attributes,
            source=source,
        )


def scored(opened: Opened, split: Split | None = None) -> Scored:
    """`split`: with it the scores by attribute are worked out, too."""
    result = opened.result
    headline = find_protocol(result.protocol).info.headline
    keys = [key for key in headline if key in result.metrics]
    keys += [key for key in result.metrics if key not in keys]
    # Scores: percentages that cannot be negative, as decay can.
    chosen = [key for key in keys if key not in _MEASURES and is_percentage(key) and range_of(key)[0] >= 0]
    videos, weights = _of_videos(opened, chosen[0])
    return Scored(
        exact=result.metrics,
        printed={key: shown(key, result.metrics[key], DIGITS) for key in chosen},
        intervals={
            key: (_percent(key, result.intervals[key]["low"]), _percent(key, result.intervals[key]["high"]))
            for key in chosen
            if key in result.intervals
        },
        videos=videos,
        weights=weights,
        stability={key: float(shown(key, result.metrics[key], DIGITS)) for key in keys if key in _MEASURES}
        or None,
        attributes=tuple(_groups(opened, split)) or None if split is not None else None,
        fingerprint=result.fingerprint,
        predictions=result.predictions_sha256,
        data=result.dataset_fingerprint,
    )


def _percent(key: str, value: float) -> float:
    return float(shown(key, value, DIGITS))


def _of_videos(opened: Opened, key: str) -> tuple[dict[str, float] | None, dict[str, int] | None]:
    """The figure of each video alone, and of how many units it is the mean; the weights are None where the
    figure is more than one mean, as that over annotators is."""
    units = opened.units
    terms = find_protocol(opened.result.protocol).terms(units).get(key)
    if not terms:
        return None, None
    names, of_unit = clusters(units)
    sums = [(term.weight, _sums(term, of_unit, len(names))) for term in terms]
    if any((below == 0).any() for _, (_, below) in sums):
        return None, None
    values = np.sum([weight * above / below for weight, (above, below) in sums], axis=0)
    first = sums[0][1][1]
    alike = all(np.array_equal(below, first) for _, (_, below) in sums)
    scores = {
        name: round(100 * float(value), VIDEO_DIGITS) for name, value in zip(names, values, strict=True)
    }
    whole = {name: int(count) for name, count in zip(names, first, strict=True)}
    return scores, whole if alike and np.array_equal(first, np.rint(first)) else None


def _sums(term: Term, of_unit: np.ndarray, videos: int) -> tuple[np.ndarray, np.ndarray]:
    _, above, below = term
    return np.bincount(of_unit, above, videos), np.bincount(of_unit, below, videos)


def _groups(opened: Opened, split: Split) -> Iterator[Group]:
    from rvosbench.analysis.attribute_scores import by_attribute

    found = by_attribute([opened], split)
    for one in found.attributes:
        for bucket in one.buckets:
            score = float(shown(found.metric, bucket.scores[0].value, DIGITS))
            yield Group(one.attribute.id, bucket.name, bucket.videos, {found.metric: score})


KEPT: Sequence[str] = (result_file.NAME, tables.UNITS, tables.EXPRESSIONS)


def keep(opened: Opened, folder: Path) -> None:
    """The tables of a result that are small: no masks, no frames."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(opened.folder / name, folder / name)
