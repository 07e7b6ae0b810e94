"""How methods fare on the easy and on the hard: the score of each bucket of each attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.attributes import ATTRIBUTES, Attribute, attributes_of_units, order_of
from rvosbench.analysis.paired import interval_of
from rvosbench.analysis.unit_scores import choose_metric, scores_of
from rvosbench.evaluate.intervals import range_of
from rvosbench.metrics.base import mean_over_units
from rvosbench.progress import Progress, Silent

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Key, Opened
    from rvosbench.splits.split import Split
    from rvosbench.statistics.intervals import Interval


@dataclass(frozen=True, slots=True)
class Mean:
    """Over the units of a bucket. No interval where they come from a single video."""

    value: float
    interval: Interval | None

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "interval": self.interval.as_json() if self.interval else None}


@dataclass(frozen=True, slots=True)
class Bucket:
    """`scores` are those of each method; `differences` of every method but the first, less that of the
    first, unit by unit."""

    name: str
    units: int
    videos: int
    scores: tuple[Mean, ...]
    differences: tuple[Mean, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "bucket": self.name,
            "units": self.units,
            "videos": self.videos,
            "scores": [one.as_json() for one in self.scores],
            "differences": [one.as_json() for one in self.differences],
        }


@dataclass(frozen=True, slots=True)
class AttributeScores:
    """`without` counts the units that the attribute says nothing about."""

    attribute: Attribute
    buckets: tuple[Bucket, ...]
    without: int

    def as_json(self) -> dict[str, Any]:
        return {
            "attribute": self.attribute.id,
            "title": self.attribute.title,
            "definition": self.attribute.definition,
            "bounds": list(self.attribute.bounds),
            "without": self.without,
            "buckets": [one.as_json() for one in self.buckets],
        }


@dataclass(frozen=True, slots=True)
class ByAttribute:
    names: tuple[str, ...]
    metric: str
    attributes: tuple[AttributeScores, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "methods": list(self.names),
            "metric": self.metric,
            "attributes": [one.as_json() for one in self.attributes],
        }


def by_attribute(
    results: Sequence[Opened], split: Split, metric: str | None = None, *, progress: Progress | None = None
) -> ByAttribute:
    """Every attribute that any unit has. Results must be of the same data and protocol."""
    progress = progress or Silent()
    chosen = choose_metric(results, metric)
    scores = [scores_of(one, chosen) for one in results]
    counting = [key for key in scores[0] if all(one.get(key) is not None for one in scores)]
    buckets = attributes_of_units(results[0], split)
    found = []
    within = range_of(chosen)
    progress.start("attributes", len(ATTRIBUTES), "attribute")
    for attribute in ATTRIBUTES:
        of_attribute = _scores_by_bucket(attribute, counting, buckets, scores, within)
        if of_attribute.buckets:
            found.append(of_attribute)
        progress.advance()
    progress.finish()
    return ByAttribute(tuple(one.name for one in results), chosen, tuple(found))


def _scores_by_bucket(
    attribute: Attribute,
    counting: Sequence[Key],
    buckets: Mapping[Key, Mapping[str, str]],
    scores: Sequence[Mapping[Key, float | None]],
    within: tuple[float, float],
) -> AttributeScores:
    """`within` is what a score can be."""
    reach = within[1] - within[0]
    groups: dict[str, list[Key]] = {}
    for key in counting:
        if attribute.id in buckets[key]:
            groups.setdefault(buckets[key][attribute.id], []).append(key)
    found = []
    for name in order_of(attribute, groups):
        keys = groups[name]
        values = [[one[key] or 0.0 for key in keys] for one in scores]
        videos = [video for video, _ in keys]
        differences = [[b - a for a, b in zip(values[0], other, strict=True)] for other in values[1:]]
        found.append(
            Bucket(
                name,
                len(keys),
                len(set(videos)),
                tuple(_mean(one, videos, *within) for one in values),
                tuple(_mean(one, videos, -reach, reach) for one in differences),
            )
        )
    without = len(counting) - sum(map(len, groups.values()))
    return AttributeScores(attribute, tuple(found), without)


def _mean(values: Sequence[float], videos: Sequence[str], least: float, most: float) -> Mean:
    interval = interval_of(values, videos)
    return Mean(mean_over_units(values) or 0.0, interval.within(least, most) if interval else None)
