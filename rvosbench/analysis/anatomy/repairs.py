"""Repairs one kind of error after the other in one unit, and measures what each is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.analysis.anatomy.facts import Facts, facts_of
from rvosbench.analysis.anatomy.kinds import (
    ABSENT,
    BOUNDARY,
    DRIFT,
    EXTRA_OBJECT,
    FIRST_ORDER,
    HALF,
    MISSED,
    MISSED_ONE,
    NO_ANSWER,
    OFF_TIME,
    SECOND_ORDER,
    SWITCH,
    WRONG_OBJECT,
    Kind,
)
from rvosbench.analysis.anatomy.scene import without
from rvosbench.analysis.anatomy.shift import best_shift
from rvosbench.masks import planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.analysis.anatomy.scene import Stage
    from rvosbench.masks.planes import Plane

_AT_ONCE = 64  # frames whose ground truth is prepared at the same time

Gains = dict[str, float]
"""Id of a kind -> what its repair is worth to the unit."""


@dataclass(frozen=True, slots=True)
class Anatomised:
    """One unit: what it lacks to 1, and what each kind has of that, in both orders. `frames` counts those
    that each kind repaired in the first order; `shift` is in frames, positive where the masks are late."""

    loss: float
    shares: Gains
    second: Gains
    frames: Mapping[str, int]
    shift: int


class Subject:
    """The masks of one unit, as they were handed in. A frame without a prediction is None; `scores` has the
    mean of J and F of each frame, or J alone where `with_f` is False."""

    def __init__(
        self,
        stage: Stage,
        frames: Sequence[int],
        masks: Sequence[Plane | None],
        scores: NDArray[np.float64],
        *,
        with_f: bool,
    ) -> None:
        self.stage = stage
        self.frames = tuple(frames)
        self.masks = tuple(masks)
        self.scores = scores
        self._with_f = with_f
        self._facts: dict[int, tuple[Plane, Facts]] = {}

    def anatomise(self) -> Anatomised:
        first, frames = _Patient(self).repair(FIRST_ORDER)
        second, _ = _Patient(self).repair(SECOND_ORDER)
        return Anatomised(float(np.mean(1 - self.scores)), first, second, frames, self.shift)

    def facts(self, place: int, mask: Plane) -> Facts:
        """Those of the last mask that was asked for are kept."""
        known = self._facts.get(place)
        if known is None or known[0] is not mask:
            known = mask, facts_of(self.stage, self.frames[place], mask)
            self._facts[place] = known
        return known[1]

    @cached_property
    def shift(self) -> int:
        """Of a unit whose frames all score 1 nothing is to be found out."""
        if np.all(self.scores == 1):
            return 0
        return best_shift([self.stage.truth(frame) for frame in self.frames], self.masks)

    @cached_property
    def astray_kind(self) -> Kind:
        """How it is called when this unit takes another object: by the masks that were handed in, so that no
        earlier repair can change it."""
        answered = astray = 0
        for place, mask in enumerate(self.masks):
            if mask is not None and mask.area and self.stage.truth(self.frames[place]).area:
                answered += 1
                astray += self.scores[place] < 1 and self.facts(place, mask).astray
        return WRONG_OBJECT if astray > HALF * answered else SWITCH

    def score(self, places: Sequence[int], masks: Sequence[Plane]) -> NDArray[np.float64]:
        if not places:
            return np.zeros(0)
        if not self._with_f:
            return np.array(
                [self.facts(place, mask).j for place, mask in zip(places, masks, strict=True)], np.float64
            )
        parts = []
        for start in range(0, len(places), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            truths = [self.stage.prepared(self.frames[place]) for place in places[part]]
            found = planes.score_planes(truths, masks[part]).frames
            parts.append((found["J"] + found["F"]) / 2)
        both: NDArray[np.float64] = np.concatenate(parts)
        return both


class _Patient:
    """A unit on its way from its masks to the ground truth."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._masks: list[Plane | None] = list(subject.masks)
        self._scores = subject.scores.copy()
        self._cured = self._scores == 1  # nothing is left to be repaired
        self._repaired = np.zeros(len(self._masks), np.bool_)
        self._steps: dict[str, Callable[[], int]] = {
            NO_ANSWER.id: self._hand_in,
            OFF_TIME.id: self._shift,
            ABSENT.id: lambda: self._cure(self._where(lambda one: not one.seen and one.answered)),
            MISSED.id: lambda: self._cure(self._where(lambda one: one.seen and not one.answered)),
            WRONG_OBJECT.id: lambda: self._bring_back(WRONG_OBJECT),
            SWITCH.id: lambda: self._bring_back(SWITCH),
            EXTRA_OBJECT.id: self._take_away,
            MISSED_ONE.id: self._add,
            DRIFT.id: lambda: self._cure(self._where(_drifts)),
            BOUNDARY.id: self._finish,
        }

    def repair(self, order: Iterable[Kind]) -> tuple[Gains, dict[str, int]]:
        """What each kind gains, and in how many frames."""
        gains, frames = {}, {}
        for kind in order:
            before = self._scores.copy()
            frames[kind.id] = self._steps[kind.id]()
            gains[kind.id] = float(np.mean(self._scores - before))
        return gains, frames

    def _where(self, is_so: Callable[[Facts], bool]) -> list[int]:
        found = []
        for place, mask in enumerate(self._masks):
            if not self._cured[place] and mask is not None and is_so(self._subject.facts(place, mask)):
                found.append(place)
        return found

    def _cure(self, places: Sequence[int]) -> int:
        """By the ground truth, which scores 1."""
        self._scores[places] = 1.0
        self._cured[places] = self._repaired[places] = True
        return len(places)

    def _replace(self, masks: Mapping[int, Plane]) -> int:
        places = list(masks)
        self._scores[places] = self._subject.score(places, list(masks.values()))
        self._repaired[places] = True
        self._cured[places] = self._scores[places] == 1
        for place, mask in masks.items():
            self._masks[place] = mask
        return len(places)

    def _hand_in(self) -> int:
        return self._cure([place for place, mask in enumerate(self._masks) if mask is None])

    def _shift(self) -> int:
        """All frames but those that another repair has changed, be it that some get worse."""
        moved = {}
        if shift := self._subject.shift:
            given = self._subject.masks
            for place in np.flatnonzero(~self._repaired).tolist():
                mask = given[place + shift] if 0 <= place + shift < len(given) else None
                if mask is not None and given[place] is not None:
                    moved[place] = mask
        return self._replace(moved)

    def _bring_back(self, kind: Kind) -> int:
        places = self._where(lambda one: one.astray)
        return self._cure(places) if places and self._subject.astray_kind is kind else 0

    def _take_away(self) -> int:
        """Until no other object is taken: what is left may lie on a further one by half."""
        found = {}
        for place in self._where(lambda one: one.on_target and bool(one.taken)):
            mask = self._masks[place]
            while mask is not None and (taken := self._subject.facts(place, mask).taken):
                for other in taken:
                    mask = without(mask, other)
                found[place] = mask
        return self._replace(found)

    def _add(self) -> int:
        """Until none is left: one on which half of the mask lay need not be covered by half."""
        found = {}
        for place in self._where(lambda one: bool(one.left)):
            mask = self._masks[place]
            while mask is not None and (left := self._subject.facts(place, mask).left):
                for target in left:
                    mask = mask | target
                found[place] = mask
        return self._replace(found)

    def _finish(self) -> int:
        return self._cure(np.flatnonzero(~self._cured).tolist())


def _drifts(one: Facts) -> bool:
    explained = bool(one.taken) or bool(one.left)
    return one.seen and one.answered and not explained and one.j < HALF
