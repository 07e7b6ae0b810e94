"""What the analyses say, as the page shows it: of whole results and, where it can be told, of every case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.anatomy import KINDS, Anatomy, dissect
from rvosbench.analysis.attribute_scores import Bucket, by_attribute
from rvosbench.analysis.attributes import attributes_of_units
from rvosbench.analysis.paired import compare
from rvosbench.errors import Code, UsageError
from rvosbench.report.page.cases import STEPS

if TYPE_CHECKING:
    from rvosbench.report.page.blocks import Material
    from rvosbench.report.page.cases import Case
    from rvosbench.report.page.options import Options
    from rvosbench.statistics.intervals import Interval


def comparison(material: Material, options: Options) -> dict[str, Any] | None:
    """Of every pair by the main metric; None of a single method, or where nothing can be resampled."""
    if len(material.results) < 2:
        return None
    try:
        found = compare(material.results, progress=options.progress)
    except UsageError as error:
        if error.problems[0].code is Code.NOTHING_TO_RESAMPLE:
            return None
        raise
    places = {one.name: place for place, one in enumerate(material.results)}
    return {
        "metric": found.metric,
        "level": found.level,
        "videos": found.videos,
        "decidable": found.decidable,
        "pairs": [
            {
                "pair": [places[one.one], places[one.other]],
                "value": one.value,
                "interval": _ends(one.interval),
                "p": one.p_holm,
                "verdict": one.verdict,
                "noise": one.noise,
            }
            for one in found.whole.differences[found.metric]
        ],
    }


def anatomy(material: Material, cases: Sequence[Case], options: Options) -> dict[str, Any] | None:
    """By method; None where no result holds masks. One without has neither shares nor cases."""
    if not any(one.has_masks for one in material.results):
        return None
    found = [
        dissect(one, material.split, workers=options.workers, progress=options.progress)
        if one.has_masks
        else None
        for one in material.results
    ]
    return {
        "kinds": [{"id": one.id, "title": one.title, "definition": one.definition} for one in KINDS],
        "methods": [None if one is None else _shares(one) for one in found],
        "cases": [
            None if one is None else [_case_shares(one.units, case) for case in cases] for one in found
        ],
    }


def _shares(found: Anatomy) -> dict[str, Any]:
    return {
        "total": found.total,
        "shares": [found.shares[kind.id] for kind in KINDS],
        "second": [found.second[kind.id] for kind in KINDS],
        "intervals": [_ends(found.intervals[kind.id]) for kind in KINDS],
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _case_shares(units: Mapping[tuple[str, str], Mapping[str, float]], case: Case) -> list[int]:
    """Of a case of several samples, their mean."""
    parts = [units[case.video, unit] for unit in case.units]
    return [round(STEPS * sum(part[kind.id] for part in parts) / len(parts)) for kind in KINDS]


def attributes(material: Material, cases: Sequence[Case], options: Options) -> dict[str, Any]:
    scores = by_attribute(material.results, material.split, progress=options.progress)
    of_units = attributes_of_units(material.results[0], material.split)
    listed, columns = [], []
    for one in scores.attributes:
        names = [bucket.name for bucket in one.buckets]
        places = {name: place for place, name in enumerate(names)}
        listed.append(
            {
                "id": one.attribute.id,
                "title": one.attribute.title,
                "definition": one.attribute.definition,
                "buckets": names,
                "scores": [_bucket(bucket) for bucket in one.buckets],
            }
        )
        # Samples of one sentence may differ in what is measured of frames; the first speaks for them.
        columns.append(
            [places.get(of_units[case.video, case.units[0]].get(one.attribute.id, "")) for case in cases]
        )
    return {"list": listed, "cases": columns}


def _bucket(bucket: Bucket) -> dict[str, Any]:
    means = [
        {"value": one.value}
        | ({} if one.interval is None else {"low": one.interval.low, "high": one.interval.high})
        for one in bucket.scores
    ]
    return {"name": bucket.name, "units": bucket.units, "videos": bucket.videos, "means": means}
