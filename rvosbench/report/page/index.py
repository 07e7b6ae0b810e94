"""What the page knows without opening a video: figures, sentences, the score of every case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.unit_scores import are_samples, choose_metric, scores_of
from rvosbench.metrics.base import mean_over_units
from rvosbench.metrics.catalogue import ALL
from rvosbench.protocols.catalogue import find
from rvosbench.report.page import knowledge
from rvosbench.report.page.cases import STEPS, Case

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.report.page.blocks import Material
    from rvosbench.report.page.options import Options


def index_of(material: Material, options: Options, about: Mapping[str, Any]) -> dict[str, Any]:
    first = material.results[0]
    result, protocol = first.result, find(first.result.protocol).info
    names = ", ".join(one.name for one in material.results)
    cases = [case for of_video in material.cases.values() for case in of_video]
    return {
        "title": options.title or f"{result.dataset} {result.split}: {names}",
        "dataset": result.dataset,
        "split": result.split,
        "data": result.dataset_fingerprint,
        "protocol": protocol.title,
        "scoring": result.scoring_version,
        "measure": choose_metric(material.results, None),
        "boundary": not are_samples(first),
        "unit": _unit(first),
        "counts": dict(result.counts),
        "headline": _headline(first, protocol.headline),
        "metrics": _metrics(material.results),
        "methods": [_method(one) for one in material.results],
        "page": dict(about),
        "cases": _cases(material, cases),
        "comparison": knowledge.comparison(material, options),
        "anatomy": knowledge.anatomy(material, cases, options),
        "attributes": knowledge.attributes(material, cases, options),
    }


def _unit(first: Opened) -> str:
    """What a row is. Samples of one sentence are one row."""
    return "object" if any(unit.object is not None for unit in first.units) else "expression"


def _headline(first: Opened, headline: Sequence[str]) -> list[str]:
    return [key for key in headline if key in first.result.metrics]


def _metrics(results: Sequence[Opened]) -> dict[str, dict[str, Any]]:
    """What any of the results measures, and how a figure of it is to be read."""
    known = {info.key: info for info in ALL}
    keys = dict.fromkeys(key for one in results for key in one.result.metrics)
    return {
        key: {
            "name": known[key].name if key in known else key,
            "fraction": key in known and known[key].unit == "fraction",
        }
        for key in keys
    }


def _method(opened: Opened) -> dict[str, Any]:
    result = opened.result
    return {
        "name": opened.name,
        "fingerprint": result.fingerprint,
        "predictions": result.predictions_sha256,
        "complete": result.complete,
        "missing": result.counts.get("missing", 0),
        "masks": opened.has_masks,
        "metrics": dict(result.metrics),
        "intervals": {key: dict(value) for key, value in result.intervals.items()},
        "problems": [problem.as_json() for problem in result.problems],
    }


def _cases(material: Material, cases: Sequence[Case]) -> dict[str, Any]:
    """Column by column; `video` counts the videos in the order of their blocks."""
    videos = {name: place for place, name in enumerate(material.cases)}
    return {
        "videos": list(videos),
        "video": [videos[case.video] for case in cases],
        "name": [case.name for case in cases],
        "text": [case.text for case in cases],
        "kind": [case.sentence.kind if case.sentence else None for case in cases],
        "annotator": [case.annotator for case in cases],
        "objects": [list(case.objects) for case in cases],
        "scores": [_scores(one, cases, material) for one in material.results],
    }


def _scores(opened: Opened, cases: Sequence[Case], material: Material) -> list[int | None]:
    scores = scores_of(opened, choose_metric(material.results, None))
    means = (
        mean_over_units(value for unit in case.units if (value := scores[case.video, unit]) is not None)
        for case in cases
    )
    return [None if mean is None else round(STEPS * mean) for mean in means]
