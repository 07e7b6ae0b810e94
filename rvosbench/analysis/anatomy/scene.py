"""The ground truth of one video as the anatomy looks at it: targets, and the other objects' own pixels.

Void pixels are taken out of everything where the protocol leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rvosbench.analysis.anatomy.kinds import HALF
from rvosbench.masks import planes
from rvosbench.masks.planes import Plane, Truth
from rvosbench.schema import Role

if TYPE_CHECKING:
    from rvosbench.splits.split import Video

_BUDGET = 96 << 20  # bytes of planes that are kept for the next sentence with the same targets


class Thing(NamedTuple):
    """Another object in one frame, without the pixels of the targets."""

    plane: Plane
    area: int


def without(plane: Plane, other: Plane | None) -> Plane:
    """The pixels of the first that the second does not have."""
    if other is None:
        return plane
    words = np.frombuffer(plane.words, np.uint64) & ~np.frombuffer(other.words, np.uint64)
    return Plane(words.tobytes(), plane.height, plane.width)


class Scene:
    def __init__(self, video: Video, *, void: bool) -> None:
        self.video = video
        self.size = video.size
        self._counts: dict[tuple[str, int], bytes] = {}
        self._areas: dict[tuple[str, int], int] = {}
        self._names: dict[int, list[str]] = {}
        self._voids: dict[int, list[bytes]] = {}
        if video.mask_rows is not None:
            for name, mask in video.mask_rows.measured(video.name):
                if video.objects[name].role is not Role.VOID:
                    self._counts[name, mask.frame] = mask.counts
                    self._areas[name, mask.frame] = mask.area
                    self._names.setdefault(mask.frame, []).append(name)
                elif void:
                    self._voids.setdefault(mask.frame, []).append(mask.counts)

    @cached_property
    def empty(self) -> Plane:
        return Plane.empty(*self.size)

    def void(self, frame: int) -> Plane | None:
        found = None
        for counts in self._voids.get(frame, ()):
            plane = Plane.from_counts(counts, *self.size)
            found = plane if found is None else found | plane
        return found

    def plane(self, name: str, frame: int) -> Plane | None:
        """None where the object cannot be seen."""
        counts = self._counts.get((name, frame))
        if counts is None:
            return None
        plane = without(Plane.from_counts(counts, *self.size), self.void(frame))
        return plane if plane.area else None

    def others(self, targets: Sequence[str]) -> bool:
        """Whether any other object is annotated."""
        return any(name not in targets for names in self._names.values() for name in names)

    def names(self, frame: int) -> Sequence[str]:
        """The objects that are annotated in a frame."""
        return self._names.get(frame, ())

    def may_hold_another(self, targets: Sequence[str], frame: int, excess: int, area: int) -> bool:
        """Whether a mask of this area, of which `excess` pixels lie outside of the targets, can take another
        object at all: a quick no for most masks that are nearly right."""
        areas = [self._areas[name, frame] for name in self.names(frame) if name not in targets]
        if not areas:
            return False
        # At least half of an object lies outside of the targets, and half of that is to be taken. A void may
        # have made it smaller.
        return bool(frame in self._voids or excess >= HALF * HALF * min(areas) or excess >= HALF * area)


class Stage:
    """A scene from the point of view of one set of targets."""

    def __init__(self, scene: Scene, targets: Sequence[str]) -> None:
        self.scene = scene
        self.targets = tuple(targets)
        self._truths: dict[int, Plane] = {}
        self._things: dict[int, list[Thing]] = {}
        self._kept = 0

    def truth(self, frame: int) -> Plane:
        """The pixels of any target."""
        if frame not in self._truths:
            parts = self.parts(frame)
            plane = parts[0] if parts else self.scene.empty
            for part in parts[1:]:
                plane = plane | part
            self._truths[frame] = plane
        return self._truths[frame]

    def parts(self, frame: int) -> list[Plane]:
        """Each target that can be seen."""
        found = (self.scene.plane(name, frame) for name in self.targets)
        return [plane for plane in found if plane is not None]

    def prepared(self, frame: int) -> Truth:
        return planes.prepare(self.truth(frame), void=self.scene.void(frame))

    def things(self, frame: int) -> list[Thing]:
        """The other objects that can be told from the targets: at least half of each lies outside of them."""
        if frame in self._things:
            return self._things[frame]
        found = []
        for name in self.scene.names(frame):
            plane = self.scene.plane(name, frame) if name not in self.targets else None
            if plane is not None:
                own = self._own(plane, frame)
                if own.area >= HALF * plane.area:
                    found.append(own)
        size = sum(len(thing.plane.words) for thing in found)
        if self._kept + size <= _BUDGET:
            self._things[frame] = found
            self._kept += size
        return found

    def _own(self, plane: Plane, frame: int) -> Thing:
        if self.truth(frame).intersection_union(plane)[0]:
            plane = without(plane, self.truth(frame))
        return Thing(plane, plane.area)
