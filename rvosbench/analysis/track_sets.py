"""What could be answered at best by who chooses among given tracks. Mean J over the scored frames decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rvosbench.masks.planes import Plane
from rvosbench.schema import Role

if TYPE_CHECKING:
    from rvosbench.splits.split import Expression, Video

Track = Mapping[int, bytes]
"""Frame -> counts, where anything is seen."""


def targets_in(video: Video, expression: Expression, frame: int) -> Plane:
    """The pixels of any target."""
    found = Plane.empty(*video.size)
    for name in expression.objects or ():
        counts = video.masks.get(name, {}).get(frame)
        if counts is not None:
            found = found | Plane.from_counts(counts, *video.size)
    return found


def best_object(video: Video, expression: Expression) -> list[bytes | None]:
    """The masks of the one annotated object that fits best; nothing where no object fits better than that."""
    if len(expression.objects or ()) == 1:  # no object fits better than the target itself
        track = video.masks.get((expression.objects or ("",))[0], {})
        return [track.get(frame) for frame in expression.scored]
    tracks = [video.masks.get(name, {}) for name, one in video.objects.items() if one.role is not Role.VOID]
    chosen = _Choice(video, expression)
    chosen.add_best(tracks)
    return chosen.counts()


def best_set(video: Video, expression: Expression, tracks: Sequence[Track]) -> list[bytes | None]:
    """The masks of several tracks together: the best one first, then whichever of the others adds most, as
    long as one does."""
    chosen = _Choice(video, expression)
    while chosen.add_best(tracks):
        pass
    return chosen.counts()


class _Choice:
    """The tracks that are chosen so far, as their union in each scored frame."""

    def __init__(self, video: Video, expression: Expression) -> None:
        self._size = video.size
        self._frames = expression.scored
        self._targets = [targets_in(video, expression, frame) for frame in self._frames]
        self._union: list[Plane | None] = [None] * len(self._frames)
        self._own = [self._j(place, None) for place in range(len(self._frames))]  # J of each frame

    def add_best(self, tracks: Sequence[Track]) -> bool:
        """Adds the track that raises mean J most, the first of equal ones; False if none does."""
        best, gained = None, 0.0
        for track in tracks:
            gain = self._gain(track)
            if gain > gained:
                best, gained = track, gain
        if best is None:
            return False
        for place, frame in enumerate(self._frames):
            if frame in best:
                self._union[place] = self._with(place, best[frame])
                self._own[place] = self._j(place, self._union[place])
        return True

    def counts(self) -> list[bytes | None]:
        return [None if plane is None or not plane.area else plane.to_counts() for plane in self._union]

    def _gain(self, track: Track) -> float:
        """Of the sum of J over the frames. A track that nowhere meets a target can only lose."""
        places = [place for place, frame in enumerate(self._frames) if frame in track]
        joined = {place: self._with(place, track[self._frames[place]]) for place in places}
        return sum(self._j(place, plane) - self._own[place] for place, plane in joined.items())

    def _with(self, place: int, counts: bytes) -> Plane:
        plane = Plane.from_counts(counts, *self._size)
        union = self._union[place]
        return plane if union is None else union | plane

    def _j(self, place: int, plane: Plane | None) -> float:
        target = self._targets[place]
        if plane is None:
            return float(not target.area)
        return _ratio(*target.intersection_union(plane))


def _ratio(shared: int, either: int) -> float:
    return shared / either if either else 1.0
