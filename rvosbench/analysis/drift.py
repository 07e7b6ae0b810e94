"""Do masks and frames belong together? Masks have edges where pictures have edges. If they fit better to the
frames before or after their own, annotations and frames were paired off by so many frames; if they fit better
a few pixels aside, frames were cropped or resized.

Nothing is learnt and no threshold depends on a dataset. Only masks that move can tell a wrong time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rvosbench.analysis.edges import Outline, agreement, outline_of, strength
from rvosbench.errors import RvosbenchError
from rvosbench.masks.planes import Plane
from rvosbench.schema import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Video

SHIFTS = tuple(range(-3, 4))
"""Frames by which masks may be off: pairings of zero- and one-based names, of every n-th frame, of a lost
first frame are off by one or two."""
OFFSETS = (-8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8)
"""Pixels by which masks may lie aside."""
MOST_FRAMES = 12  # of a video that are looked at
MOST_MASKS = 24  # of a video that are looked at
FEWEST_MASKS = 6
MOVES = 0.02
"""A mask moves if so much of it is not shared with the next one: less is the tremor of an annotation."""
GAIN = 0.07  # how much better the logarithm of the agreement must be
SURE = 4.0  # and by how many of its standard errors
ASIDE = 2.0  # pixels that a mask may lie aside: annotations differ from edges by one or two


class Look(NamedTuple):
    """One mask on the frames around its own: the agreement for each shift."""

    object: str
    frame: int
    by_shift: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Best:
    """`gain` is by how much the logarithm of the agreement is better than in place, `sureness` how many
    standard errors that is."""

    gain: float
    sureness: float

    @property
    def convincing(self) -> bool:
        return self.gain >= GAIN and self.sureness >= SURE


@dataclass(frozen=True, slots=True)
class VideoDrift:
    """`shift` says that a mask fits the frame that comes so many frames after its own; `offset`, in x and y,
    by how many pixels it has to move. `agreement` is the mean for each of `SHIFTS`. Where too little moves,
    or can be read, `reason` says so."""

    video: str
    looks: tuple[Look, ...]
    agreement: tuple[float, ...] = ()
    shift: int = 0
    in_time: Best = Best(0.0, 0.0)
    offset: tuple[int, int] = (0, 0)
    in_place: Best = Best(0.0, 0.0)
    reason: str | None = None

    @property
    def is_off_in_time(self) -> bool:
        """Not said where moving the masks aside explains more."""
        return self.shift != 0 and self.in_time.convincing and self.in_time.gain >= self.in_place.gain

    @property
    def is_aside(self) -> bool:
        """Not said of a video that is off in time, where what moves is also aside."""
        return math.hypot(*self.offset) > ASIDE and self.in_place.convincing and not self.is_off_in_time

    def as_json(self) -> dict[str, Any]:
        return {
            "video": self.video,
            "masks": len(self.looks),
            "agreement": {str(shift): value for shift, value in zip(SHIFTS, self.agreement, strict=False)},
            "shift": self.shift,
            "shift_gain": self.in_time.gain,
            "shift_sureness": self.in_time.sureness,
            "off_in_time": self.is_off_in_time,
            "offset": list(self.offset),
            "offset_gain": self.in_place.gain,
            "offset_sureness": self.in_place.sureness,
            "aside": self.is_aside,
            "reason": self.reason,
        }


def look_at(video: Video) -> VideoDrift:
    """Reads at most `MOST_FRAMES` times as many frames as there are shifts."""
    if video.frames_uri is None:
        return VideoDrift(video.name, (), reason="no frames are linked")
    chosen = _moving(video)
    if len(chosen) < FEWEST_MASKS:
        return VideoDrift(video.name, (), reason=f"{len(chosen)} masks that move: too few to tell")
    try:
        return _compare(video, chosen)
    except RvosbenchError as error:
        return VideoDrift(video.name, (), reason=f"frames cannot be read: {error.problems[0].found}")


def _moving(video: Video) -> list[tuple[str, int]]:
    """Masks that are not where the next one is, spread over the video; with all frames around them."""
    reach = SHIFTS[-1]
    candidates: dict[int, list[str]] = {}
    for name, thing in video.objects.items():
        if thing.role is Role.VOID:
            continue
        for frame, following in pairwise(thing.present):
            if reach <= frame < len(video.frames) - reach and _changes(video, name, frame, following):
                candidates.setdefault(frame, []).append(name)
    frames = sorted(candidates)
    if len(frames) > MOST_FRAMES:
        places = np.linspace(0, len(frames) - 1, MOST_FRAMES).round().astype(int)
        frames = [frames[place] for place in places]
    pairs = [(name, frame) for frame in frames for name in candidates[frame]]
    if len(pairs) > MOST_MASKS:
        places = np.linspace(0, len(pairs) - 1, MOST_MASKS).round().astype(int)
        pairs = [pairs[place] for place in places]
    return pairs


def _changes(video: Video, name: str, frame: int, following: int) -> bool:
    masks = video.masks[name]
    here, there = (Plane.from_counts(masks[one], *video.size) for one in (frame, following))
    shared, either = here.intersection_union(there)
    return shared < (1 - MOVES) * either


def _compare(video: Video, chosen: Sequence[tuple[str, int]]) -> VideoDrift:
    """Frame by frame, so that no more pictures are held than there are shifts."""
    looks: list[Look] = []
    aside: list[NDArray[np.float64]] = []
    by_frame: dict[int, list[str]] = {}
    for name, frame in chosen:
        by_frame.setdefault(frame, []).append(name)
    kept: dict[int, NDArray[np.uint8]] = {}
    for frame, names in by_frame.items():
        kept = _pictures(video, [frame + shift for shift in SHIFTS], kept)
        for name in names:
            outline = outline_of(video.objects[name].mask(frame), max(OFFSETS))
            if outline is None:
                continue
            found = _fits(outline, {shift: kept[frame + shift] for shift in SHIFTS})
            if found is not None:
                looks.append(Look(name, frame, found[0]))
                aside.append(found[1])
    if len(looks) < FEWEST_MASKS:
        return VideoDrift(video.name, tuple(looks), reason="too few masks have an outline in the picture")
    return _judge(video.name, looks, np.array(aside))


def _pictures(
    video: Video, frames: Sequence[int], kept: Mapping[int, NDArray[np.uint8]]
) -> dict[int, NDArray[np.uint8]]:
    new = [frame for frame in frames if frame not in kept]
    read = dict(zip(new, video.read_frames(new), strict=True))
    return {frame: kept[frame] if frame in kept else read[frame] for frame in frames}


def _fits(
    outline: Outline, pictures: Mapping[int, NDArray[np.uint8]]
) -> tuple[tuple[float, ...], NDArray[np.float64]] | None:
    """The agreement at each shift and, on its own frame, at each offset [y, x]."""
    by_shift = []
    for picture in pictures.values():
        edges = strength(picture, outline)
        if edges is None:
            return None
        by_shift.append(agreement(edges, outline))
    own = strength(pictures[0], outline)
    if own is None:
        return None
    aside = np.array([[agreement(own, outline, dy, dx) for dx in OFFSETS] for dy in OFFSETS])
    return tuple(by_shift), aside


def _judge(name: str, looks: Sequence[Look], aside: NDArray[np.float64]) -> VideoDrift:
    by_shift = np.array([look.by_shift for look in looks])  # [masks, shifts]
    means = by_shift.mean(axis=0)
    place = int(np.argmax(means))
    home = SHIFTS.index(0)
    across = aside.mean(axis=0)
    y, x = (int(one) for one in np.unravel_index(np.argmax(across), across.shape))
    middle = OFFSETS.index(0)
    return VideoDrift(
        name,
        tuple(looks),
        tuple(means.tolist()),
        SHIFTS[place],
        _best(by_shift[:, place] - by_shift[:, home]),
        (OFFSETS[x], OFFSETS[y]),
        _best(aside[:, y, x] - aside[:, middle, middle]),
    )


def _best(gains: NDArray[np.float64]) -> Best:
    """A spread of 0 happens where there is no gain at all."""
    mean = float(np.mean(gains))
    error = float(np.std(gains, ddof=1)) / len(gains) ** 0.5
    return Best(mean, mean / error if error > 0 else 0.0)
