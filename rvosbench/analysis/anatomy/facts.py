"""What a mask holds in one frame: which targets, which other objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rvosbench.analysis.anatomy.kinds import HALF

if TYPE_CHECKING:
    from rvosbench.analysis.anatomy.scene import Stage
    from rvosbench.masks.planes import Plane


@dataclass(frozen=True, slots=True)
class Facts:
    """`taken` are the other objects that the mask takes, `left` the targets that it does not take though it
    takes another one; `j` is its J."""

    seen: bool
    answered: bool
    on_target: bool = False
    taken: Sequence[Plane] = ()
    left: Sequence[Plane] = ()
    j: float = 1.0

    @property
    def astray(self) -> bool:
        """On another object instead of the target."""
        return bool(self.taken) and not self.on_target


def facts_of(stage: Stage, frame: int, mask: Plane) -> Facts:
    truth, area = stage.truth(frame), mask.area
    if not truth.area or not area:
        seen, answered = truth.area > 0, area > 0
        return Facts(seen, answered, j=float(seen == answered))
    shared, either = truth.intersection_union(mask)
    parts = stage.parts(frame) if len(stage.targets) > 1 else [truth]
    held = [_takes(mask, area, part, part.area) for part in parts]
    on_target = any(held) or takes(shared, area, truth.area)
    taken: list[Plane] = []
    if stage.scene.may_hold_another(stage.targets, frame, area - shared, area):
        things = stage.things(frame)
        taken = [thing.plane for thing in things if _takes(mask, area, thing.plane, thing.area)]
    left = [part for part, there in zip(parts, held, strict=True) if not there] if any(held) else []
    return Facts(True, True, on_target, tuple(taken), tuple(left), shared / either)


def takes(shared: int, area: int, size: int) -> bool:
    """A mask takes an object if it covers at least half of it, or lies on it by at least half."""
    return shared > 0 and (shared >= HALF * size or shared >= HALF * area)


def _takes(mask: Plane, area: int, thing: Plane, size: int) -> bool:
    return takes(mask.intersection_union(thing)[0], area, size)
