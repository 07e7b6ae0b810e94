"""What the anatomy of a result comes to: shares of what it lacks to 1."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rvosbench.analysis.anatomy.kinds import KINDS, SECOND_ORDER
from rvosbench.analysis.paired import interval_of

if TYPE_CHECKING:
    from rvosbench.analysis.anatomy.repairs import Anatomised
    from rvosbench.analysis.opened import Key
    from rvosbench.statistics.intervals import Interval


@dataclass(frozen=True, slots=True)
class UnitAnatomy:
    """`weight` is the part of the figure that this unit makes up; `others` says whether anything but its
    targets is annotated in its video."""

    key: Key
    expression: str | None
    text: str
    weight: float
    others: bool
    found: Anatomised

    @property
    def leading(self) -> str | None:
        """The kind that costs most; None where nothing is lost."""
        kind = max(self.found.shares, key=lambda kind: self.found.shares[kind])
        return kind if self.found.shares[kind] > 0 else None


@dataclass(frozen=True)
class Anatomy:
    """`measure` is what is taken apart: J&F, or J where the protocol scores single frames by J alone."""

    name: str
    label: str
    measure: str
    parts: tuple[UnitAnatomy, ...]

    @cached_property
    def total(self) -> float:
        """What the result lacks to 1."""
        return math.fsum(part.weight * part.found.loss for part in self.parts)

    @cached_property
    def shares(self) -> Mapping[str, float]:
        """Id of a kind -> its part of `total`, by the first order."""
        return {kind.id: self._sum(kind.id, second=False) for kind in KINDS}

    @cached_property
    def second(self) -> Mapping[str, float]:
        """The same by the second order."""
        return {kind.id: self._sum(kind.id, second=True) for kind in KINDS}

    @cached_property
    def units(self) -> Mapping[Key, Mapping[str, float]]:
        """What each unit lacks to 1, by kind."""
        return {part.key: part.found.shares for part in self.parts}

    @cached_property
    def intervals(self) -> Mapping[str, Interval | None]:
        """Of the shares; None where nothing is known, as with a single video. A share may be below 0."""
        videos = [part.key[0] for part in self.parts]
        scale = len(self.parts)  # weights are 1 / units unless annotators differ in their number
        found = {
            kind.id: interval_of(
                [scale * part.weight * part.found.shares[kind.id] for part in self.parts], videos
            )
            for kind in KINDS
        }
        return {
            name: None if interval is None else interval.within(-1.0, 1.0) for name, interval in found.items()
        }

    @cached_property
    def leading(self) -> Mapping[str, int]:
        """In how many units each kind costs most."""
        return Counter(part.leading for part in self.parts if part.leading is not None)

    @property
    def with_others(self) -> int:
        """The units in whose video another object is annotated: elsewhere a wrong object looks like drift."""
        return sum(part.others for part in self.parts)

    def frames(self, kind: str) -> int:
        """How many the kind repaired, in the first order."""
        return sum(part.found.frames[kind] for part in self.parts)

    def worst(self, kind: str, number: int) -> list[UnitAnatomy]:
        """The units that lose most by it."""
        losing = [part for part in self.parts if part.found.shares[kind] > 0]
        return sorted(losing, key=lambda part: (-part.found.shares[kind], part.key))[:number]

    def as_json(self, worst: int = 3) -> dict[str, Any]:
        return {
            "name": self.name,
            "result": self.label,
            "measure": self.measure,
            "lost": self.total,
            "units": len(self.parts),
            "units_with_other_objects": self.with_others,
            "kinds": [self._kind_as_json(place, worst) for place in range(len(KINDS))],
            "second_order": [kind.id for kind in SECOND_ORDER],
        }

    def _kind_as_json(self, place: int, worst: int) -> dict[str, Any]:
        kind = KINDS[place]
        interval = self.intervals[kind.id]
        return {
            "id": kind.id,
            "title": kind.title,
            "share": self.shares[kind.id],
            "interval": None if interval is None else interval.as_json(),
            "second": self.second[kind.id],
            "leads": self.leading.get(kind.id, 0),
            "frames": self.frames(kind.id),
            "worst": [row(part, kind.id) for part in self.worst(kind.id, worst)],
        }

    def _sum(self, kind: str, *, second: bool) -> float:
        return math.fsum(
            part.weight * (part.found.second if second else part.found.shares)[kind] for part in self.parts
        )


def row(part: UnitAnatomy, kind: str) -> dict[str, Any]:
    """A unit that is named as an example of a kind."""
    video, unit = part.key
    return {
        "video": video,
        "unit": unit,
        "text": part.text,
        "share": part.found.shares[kind],
        "lost": part.found.loss,
    }
