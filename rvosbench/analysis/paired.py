"""Are two results different, and how sure is it? Everything is resampled by video."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rvosbench.analysis.opened import check_same_data
from rvosbench.analysis.resampling import Known, Pair, Resampled, resampled
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.evaluate.intervals import range_of
from rvosbench.metrics.base import Direction
from rvosbench.metrics.catalogue import find as find_metric
from rvosbench.protocols.catalogue import find as find_protocol
from rvosbench.statistics.bootstrap import POWER, bootstrap, least_p
from rvosbench.statistics.draws import RESAMPLES, SEED
from rvosbench.statistics.holm import holm
from rvosbench.statistics.intervals import LEVEL, Interval
from rvosbench.statistics.ratios import LinearFigures

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.progress import Progress

BETTER, WORSE, TIE = "better", "worse", "tie"


@dataclass(frozen=True, slots=True)
class Score:
    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two results, one less the other. `p_holm` is corrected for all pairs that are compared, and decides
    the verdict on the first of them. `decidable`: the videos are enough for another verdict than a tie among
    as many pairs. `noise` is what a difference must exceed to be told from none; `detectable` the true one
    that would be found four times in five. Both are None where nothing is known, where no verdict is
    possible, and where they are more than the metric can differ by."""

    one: str
    other: str
    value: float
    interval: Interval | None
    p: float
    p_holm: float
    verdict: str
    decidable: bool
    noise: float | None
    detectable: float | None

    def as_json(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"interval": self.interval.as_json() if self.interval else None}


@dataclass(frozen=True, slots=True)
class Group:
    """All units, or those of one kind of sentence: key -> result -> score, and key -> differences."""

    units: int
    scores: Mapping[str, Mapping[str, Score]]
    differences: Mapping[str, tuple[Difference, ...]]

    def rank(self, key: str, name: str) -> int:
        """One more than the number of results that are significantly better."""
        rows = self.differences[key]
        better = [one for one in rows if one.other == name and one.verdict == BETTER]
        return 1 + len(better) + len([one for one in rows if one.one == name and one.verdict == WORSE])

    def as_json(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "scores": {
                key: {
                    name: {
                        "value": score.value,
                        "interval": score.interval.as_json() if score.interval else None,
                    }
                    for name, score in of.items()
                }
                for key, of in self.scores.items()
            },
            "differences": {key: [one.as_json() for one in rows] for key, rows in self.differences.items()},
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    results: tuple[Opened, ...]
    baseline: str | None
    metric: str
    """The one that is asked about first."""
    videos: int
    level: float
    resamples: int
    seed: int
    whole: Group
    kinds: Mapping[str, Group]

    @property
    def decidable(self) -> bool:
        """Whether any difference in the metric that is asked about could be shown, however large it is."""
        return any(one.decidable for one in self.whole.differences[self.metric])

    def ranks(self) -> dict[str, int]:
        """By the metric that is asked about; none where all are compared with one alone."""
        if self.baseline is not None:
            return {}
        return {one.name: self.whole.rank(self.metric, one.name) for one in self.results}

    def as_json(self) -> dict[str, Any]:
        first = self.results[0].result
        return {
            "dataset": first.dataset,
            "split": first.split,
            "protocol": first.protocol,
            "scoring_version": first.scoring_version,
            "dataset_fingerprint": first.dataset_fingerprint,
            "videos": self.videos,
            "metric": self.metric,
            "baseline": self.baseline,
            "decidable": self.decidable,
            "level": self.level,
            "power": POWER,
            "resamples": self.resamples,
            "seed": self.seed,
            "results": [
                {
                    "name": one.name,
                    "folder": str(one.folder),
                    "fingerprint": one.result.fingerprint,
                    "predictions_sha256": one.result.predictions_sha256,
                    "missing": one.result.counts.get("missing", 0),
                    "rank": self.ranks().get(one.name),
                }
                for one in self.results
            ],
            **self.whole.as_json(),
            "kinds": {kind: group.as_json() for kind, group in self.kinds.items()},
        }


def compare(
    results: Sequence[Opened],
    *,
    baseline: str | None = None,
    metric: str | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Comparison:
    """All results with each other, or with the one that is called `baseline`. Raises UsageError if they are
    not of the same data, protocol and scoring version."""
    check_same_data(results)
    names = [one.name for one in results]
    pairs = _pairs(names, baseline)
    whole = resampled(results, pairs, resamples, seed, progress=progress)
    chosen = _chosen_metric(results, metric, whole)
    kinds = {kind: resampled(results, pairs, resamples, seed, kind) for kind in results[0].result.kinds}
    figures = [one.result.metrics for one in results]
    return Comparison(
        tuple(results),
        baseline,
        chosen,
        len(whole.videos),
        level,
        resamples,
        seed,
        _group(names, whole, level, len(results[0].units), figures),
        {
            kind: _group(
                names,
                found,
                level,
                sum(unit.kind == kind for unit in results[0].units),
                [one.result.kinds.get(kind, {}) for one in results],
            )
            for kind, found in kinds.items()
        },
    )


def _pairs(names: Sequence[str], baseline: str | None) -> list[Pair]:
    places = range(len(names))
    if baseline is None:
        return [(one, other) for one in places for other in places if one < other]
    if baseline not in names:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--baseline {baseline}",
                expected="one of " + ", ".join(names),
                found=baseline,
                fix="name one of the results that are compared",
            )
        )
    return [(one, names.index(baseline)) for one in places if names[one] != baseline]


def _chosen_metric(results: Sequence[Opened], metric: str | None, found: Resampled) -> str:
    headline = find_protocol(results[0].result.protocol).info.headline
    chosen = metric or next((key for key in headline if key in found.scores), "")
    if chosen in found.scores:
        return chosen
    raise UsageError(
        Problem(
            Code.NOTHING_TO_RESAMPLE,
            f"--metric {metric}" if metric else str(results[0].folder),
            expected="a figure that all results have: " + (", ".join(found.scores) or "none has an interval"),
            found=chosen or f"the protocol {results[0].result.protocol} tells of none how it is made",
            fix="choose one of these" if found.scores else "compare by a protocol that has them",
        )
    )


def _group(
    names: Sequence[str],
    found: Resampled,
    level: float,
    units: int,
    figures: Sequence[Mapping[str, float]],
) -> Group:
    """Scores are the figures of the results, to the bit; only what surrounds them is resampled."""
    scores = {
        key: {
            name: Score(figures[place].get(key, known[place].estimate), _cut(key, known[place], level))
            for place, name in enumerate(names)
        }
        for key, known in found.scores.items()
    }
    differences = {}
    for key, of_pairs in found.differences.items():
        p_values = [known.p_value() for known in of_pairs.values()]
        least = min((least_p(known.clusters) for known in of_pairs.values()), default=1.0)
        decidable = least * len(of_pairs) < 1 - level
        differences[key] = tuple(
            _difference(key, (names[one], names[other]), known, (p, corrected), level, decidable=decidable)
            for ((one, other), known), p, corrected in zip(
                of_pairs.items(), p_values, holm(p_values), strict=True
            )
        )
    return Group(units, scores, differences)


def _cut(key: str, known: Known, level: float) -> Interval | None:
    interval = known.interval(level)
    return None if interval is None else interval.within(*range_of(key))


def _difference(
    key: str,
    names: tuple[str, str],
    known: Known,
    p_values: tuple[float, float],
    level: float,
    *,
    decidable: bool,
) -> Difference:
    least, most = range_of(key)
    interval = known.interval(level)

    def possible(gap: float) -> float | None:
        return gap if decidable and math.isfinite(gap) and gap <= most - least else None

    return Difference(
        *names,
        value=known.estimate,
        interval=None if interval is None else interval.within(least - most, most - least),
        p=p_values[0],
        p_holm=p_values[1],
        verdict=_verdict(key, known.estimate, p_values[1], 1 - level),
        decidable=decidable,
        noise=possible(known.noise(level)),
        detectable=possible(known.detectable(level)),
    )


def _verdict(key: str, value: float, p: float, allowed: float) -> str:
    if p >= allowed or not value:
        return TIE
    return BETTER if (value > 0) == (find_metric(key).direction is Direction.UP) else WORSE


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
