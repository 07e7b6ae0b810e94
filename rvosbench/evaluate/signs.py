"""What scored predictions are like as a whole, from the scores: the rules of `validate` on suspicious ones
cost an evaluation nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rvosbench.validate.suspicion import FEWEST_FRAMES, Signs

if TYPE_CHECKING:
    from rvosbench.metrics.base import UnitScores
    from rvosbench.protocols.units import Detection, ScoredUnit, Unit


def signs_of(scored: Sequence[ScoredUnit]) -> tuple[Signs, ...]:
    """Of the units of one protocol: of each expression, of all objects that an annotator named in a video, or
    of all samples of an expression."""
    found = []
    samples: dict[str, list[Unit]] = {}
    objects: dict[str, list[Signs]] = {}
    for one in scored:
        if one.scores is not None and one.unit.object is not None:
            name = f"anno_{one.unit.annotator}/{one.unit.video}"
            objects.setdefault(name, []).append(_of_scores(name, one.scores))
        elif one.scores is not None:
            found.append(_of_scores(f"{one.unit.video}/{one.unit.unit}", one.scores))
        elif one.unit.detections:
            samples.setdefault(f"{one.unit.video}/{one.unit.expression}", []).append(one.unit)
    found += [_together(name, parts) for name, parts in objects.items()]
    return (*found, *(_of_samples(name, units) for name, units in samples.items()))


def _of_scores(name: str, scores: UnitScores) -> Signs:
    if not scores.complete:
        return Signs(name, None, None, None)
    empty = not scores.predicted.any()
    same = scores.consecutive is not None and bool((scores.consecutive == 1).all())
    constant = not empty and same and len(scores.j) >= FEWEST_FRAMES
    return Signs(name, empty, constant, bool((scores.j == 1).all()) if scores.present.any() else None)


def _together(name: str, parts: Sequence[Signs]) -> Signs:
    """Of label maps: objects that are never seen, or never predicted, tell nothing beside others."""
    if any(one.empty is None for one in parts):
        return Signs(name, None, None, None)
    drawn = [one for one in parts if not one.empty]
    seen = [one.exact for one in parts if one.exact is not None]
    constant = bool(drawn) and all(one.constant for one in drawn)
    return Signs(name, not drawn, constant, all(seen) if seen else None)


def _of_samples(name: str, units: Sequence[Unit]) -> Signs:
    """By the best query of each. Their frames lie too far apart to expect a mask to change."""
    best = [_best(unit.detections) for unit in units]
    exact = all(
        one.area == one.intersection == unit.truth_area for one, unit in zip(best, units, strict=True)
    )
    seen = any(unit.truth_area for unit in units)
    return Signs(name, not any(one.area for one in best), None, exact if seen else None)


def _best(detections: Sequence[Detection]) -> Detection:
    """Of equal scores the last, as the protocols have it."""
    return max(enumerate(detections), key=lambda pair: (pair[1].score, pair[0]))[1]
