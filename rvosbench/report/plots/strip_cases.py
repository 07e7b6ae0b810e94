"""What a strip can show: a sentence, or an object of Ref-DAVIS17, with its frames and what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.unit_scores import choose_metric, scores_of
from rvosbench.errors import Code, Problem, UsageError

if TYPE_CHECKING:
    from rvosbench.analysis.opened import Opened
    from rvosbench.protocols.units import Unit
    from rvosbench.splits.split import Split


@dataclass(frozen=True, slots=True)
class Case:
    """`name` is the expression, or the object with its annotator. `units` are those that it is scored by: of
    samples one for each frame, else a single one."""

    video: str
    name: str
    text: str
    targets: tuple[str, ...]
    units: tuple[str, ...]
    stems: tuple[str, ...]


def cases_of(opened: Opened, split: Split) -> dict[tuple[str, str], Case]:
    """By video and name, in the order of the plan."""
    grouped: dict[tuple[str, str], list[Unit]] = {}
    for unit in opened.units:
        name = unit.unit if unit.object is not None else unit.expression or unit.unit
        grouped.setdefault((unit.video, name), []).append(unit)
    return {key: _case(opened, split, key, units) for key, units in grouped.items()}


def choose(
    results: Sequence[Opened],
    split: Split,
    *,
    video: str | None = None,
    expression: str | None = None,
    count: int = 1,
    metric: str | None = None,
) -> list[Case]:
    """Those on which the methods differ most; of a single method, those that it is worst at. Each from
    another video while there are others. `video` and `expression` leave no choice but among these."""
    chosen = choose_metric(results, metric)
    cases = cases_of(results[0], split)
    left = {
        key: case
        for key, case in cases.items()
        if video in (None, case.video)
        and (expression is None or expression in (case.name, *_sentence(results[0], case)))
    }
    if not left:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--video and --expression" if expression else "--video",
                expected="a video and an expression of the split",
                found=" ".join(one for one in (video, expression) if one),
                fix="`units.parquet` of the result lists them",
            )
        )
    scores = [scores_of(one, chosen) for one in results]
    order = sorted(left.values(), key=lambda case: -_interest(case, scores))
    first: dict[str, Case] = {}
    for case in order:
        first.setdefault(case.video, case)
    ranked = [*first.values(), *(case for case in order if case not in first.values())]
    return ranked[:count]


def spread(case: Case, count: int) -> tuple[str, ...]:
    """So many of its frames, at even distances, with the first and the last."""
    places = np.linspace(0, len(case.stems) - 1, min(count, len(case.stems))).round().astype(int)
    return tuple(case.stems[place] for place in dict.fromkeys(places.tolist()))


def predicted(opened: Opened, case: Case) -> Mapping[str, bytes]:
    """Stem -> counts, of what the case was scored with."""
    found: dict[str, bytes] = {}
    for unit, counts in opened.masks_by_unit(case.video):
        if unit.unit in case.units:
            found |= counts
    return found


def scores_by_stem(opened: Opened, case: Case) -> Mapping[str, float]:
    """J of each frame."""
    return {
        stem: float(j)
        for unit in case.units
        for stem, j in zip(
            opened.frames[case.video, unit].stems, opened.frames[case.video, unit].j, strict=True
        )
    }


def _case(opened: Opened, split: Split, key: tuple[str, str], units: Sequence[Unit]) -> Case:
    video, name = key
    stems = tuple(stem for unit in units for stem in opened.frames[video, unit.unit].stems)
    names = tuple(unit.unit for unit in units)
    first = units[0]
    sentence = split.videos[video].expressions[first.expression] if first.expression is not None else None
    text = sentence.text if sentence is not None else ""
    if first.object is not None:
        return Case(video, name, text or f"object {first.object}", (first.object,), names, stems)
    targets = (sentence.objects or ()) if sentence is not None else ()
    return Case(video, name, text, targets, names, stems)


def _sentence(opened: Opened, case: Case) -> tuple[str, ...]:
    """The expression of an object, so that it can be asked for by that too."""
    found = (unit for unit in opened.units if unit.video == case.video and unit.unit in case.units)
    return tuple({unit.expression for unit in found if unit.expression is not None})


def _interest(case: Case, scores: Sequence[Mapping[tuple[str, str], float | None]]) -> float:
    """How far the methods are apart, or how much is missing to 1."""
    means = [np.mean([one.get((case.video, unit)) or 0.0 for unit in case.units]) for one in scores]
    return float(max(means) - min(means)) if len(means) > 1 else 1 - float(means[0])
