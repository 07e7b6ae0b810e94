"""What the masks of one object tell of its way through a video: where it can be seen, how large it is, where
its centre is. Worked out from run lengths, without a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks import rle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rvosbench.splits.split import VideoObject

PARTLY = 0.5
"""An object of which less than this much can be seen, measured by what could be seen both before and after,
is partly hidden. Half: bodies in motion change their outline by a third and more without being hidden."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One entry for each frame in which the object can be seen, in order. `times` are the numbers that frames
    have in the release, where they have numbers, so that a release of every fifth frame does not look
    fast."""

    frames: NDArray[np.int64]
    times: NDArray[np.int64]
    areas: NDArray[np.float64]
    centres: NDArray[np.float64]  # [frames, 2], x and y in pixels

    @property
    def hidden(self) -> int:
        """Frames between the first and the last sight in which it cannot be seen."""
        return self._span - len(self.frames)

    @property
    def occluded(self) -> float:
        """The share of frames from the first to the last sight in which it is hidden, or partly so."""
        if not len(self.frames):
            return 0.0
        before = np.maximum.accumulate(self.areas)
        after = np.maximum.accumulate(self.areas[::-1])[::-1]
        partly = np.count_nonzero(self.areas < PARTLY * np.minimum(before, after))
        return (self.hidden + int(partly)) / self._span

    @property
    def speed(self) -> float | None:
        """How far the centre moves from one frame to the next, measured by the side of a square as large as
        the object; None for an object that is never seen in two frames in a row."""
        steps = np.diff(self.frames) == 1
        if not steps.any():
            return None
        ways = np.hypot(*np.diff(self.centres, axis=0).T)
        sides = np.sqrt((self.areas[1:] + self.areas[:-1]) / 2)
        return float(np.mean((ways / sides / np.diff(self.times))[steps]))

    @property
    def _span(self) -> int:
        return int(self.frames[-1] - self.frames[0]) + 1 if len(self.frames) else 0


def track_of(thing: VideoObject) -> Track:
    video = thing.video
    counts = video.masks.get(thing.name, {})
    frames = sorted(counts)
    times = numbers_of(video.frames)
    measured = [_area_and_centre(counts[frame], video.size[0]) for frame in frames]
    return Track(
        np.array(frames, np.int64),
        np.array([times[frame] for frame in frames], np.int64),
        np.array([area for area, _, _ in measured], np.float64),
        np.array([centre for _, *centre in measured], np.float64).reshape(-1, 2),
    )


def numbers_of(stems: Sequence[str]) -> list[int]:
    """The numbers of frames, if they have growing numbers for names; else their places."""
    if all(stem.isascii() and stem.isdigit() for stem in stems):
        numbers = [int(stem) for stem in stems]
        if all(before < after for before, after in pairwise(numbers)):
            return numbers
    return list(range(len(stems)))


def _area_and_centre(counts: bytes, height: int) -> tuple[int, float, float]:
    """Pixels are counted column by column, so the sums of x and of y over the first n have closed forms."""
    ends = np.cumsum(rle.runs(counts))
    first, stop = ends[:-1:2], ends[1::2]
    first = first[: len(stop)]
    area = int(np.sum(stop - first))

    def sums(n: NDArray[np.int64]) -> tuple[int, int]:
        columns, rest = np.divmod(n, height)
        x = height * columns * (columns - 1) // 2 + columns * rest
        y = columns * (height * (height - 1) // 2) + rest * (rest - 1) // 2
        return int(np.sum(x)), int(np.sum(y))

    (x1, y1), (x0, y0) = sums(stop), sums(first)
    return area, (x1 - x0) / area, (y1 - y0) / area
