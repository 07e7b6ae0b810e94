"""Many masks of one size at once: what `rle.to_mask` does, with the same outcome, in a fraction of the time.

A single mask of a few hundred runs is so small that NumPy spends more time on being called than on numbers.
Here the counts of all frames of an object are joined, and every step is taken for all of them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks.rle import BITS, FIRST, MAX_CHARACTER, MAX_GROUPS, MORE, SIGN, RleError, to_mask
from rvosbench.schema import Mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def to_masks(frames: Sequence[int], counts: Sequence[bytes], height: int, width: int) -> list[Mask | None]:
    """`rle.to_mask` for each frame. An `RleError` says that some are wrong, not which."""
    if not counts:
        return []
    numbers, of_mask = _numbers(counts)
    pairs = (of_mask + 1) // 2
    start = _starts(pairs)
    runs = _runs(numbers, of_mask, pairs, start)
    pad = (start + pairs - 1)[of_mask % 2 == 1]  # pairs whose second place is unused
    background, foreground = runs[:, 0], runs[:, 1]
    lengths = background + foreground
    too_long = bool(runs.max() >> (BITS * MAX_GROUPS))  # sums of such runs could wrap around
    if too_long or runs.min() < 0 or (np.add.reduceat(lengths, start) != height * width).any():
        raise RleError("not a mask of this size")
    empty = np.add.reduceat((background == 0).astype(np.int64) + (foreground == 0), start)
    empty -= (background[start] == 0) + of_mask % 2  # the first run may be empty, and the last place unused
    areas = np.add.reduceat(foreground, start)
    boxes = _boxes(lengths, foreground, start, pairs, pad, height)
    return [
        to_mask(frame, text, height, width)
        if odd
        else (Mask(frame, text, area, (x, y, w, h)) if area else None)
        for frame, text, odd, area, (x, y, w, h) in zip(
            frames, counts, empty.tolist(), areas.tolist(), boxes.tolist(), strict=True
        )
    ]


def _starts(sizes: Integers) -> Integers:
    """Where each of the stretches begins, when they follow each other."""
    return np.cumsum(sizes) - sizes


def _numbers(counts: Sequence[bytes]) -> tuple[Integers, Integers]:
    """All numbers that are written, and how many of them belong to each mask."""
    sizes = np.fromiter(map(len, counts), np.int64, len(counts))
    groups = np.frombuffer(b"".join(counts), np.uint8)
    if not sizes.all() or groups.min() < FIRST or groups.max() > MAX_CHARACTER:
        raise RleError("not COCO counts")
    groups = groups - FIRST
    is_last = (groups & MORE) == 0
    ends = np.cumsum(sizes)
    if not is_last[ends - 1].all():
        raise RleError("the counts end inside a number")
    last = np.flatnonzero(is_last)
    first = np.concatenate(([0], last[:-1] + 1))
    extra = last - first
    longest = int(extra.max())
    if longest >= MAX_GROUPS:
        raise RleError("a run that is longer than any image")
    numbers = (groups[first] & 0x1F).astype(np.int64)
    for place in range(1, longest + 1):
        longer = np.flatnonzero(extra >= place)
        numbers[longer] += (groups[first[longer] + place] & 0x1F).astype(np.int64) << (BITS * place)
    numbers -= ((groups[last] & SIGN).astype(np.int64) << 1) << (BITS * extra)
    return numbers, np.diff(np.searchsorted(last, ends), prepend=0)


def _runs(numbers: Integers, of_mask: Integers, pairs: Integers, start: Integers) -> Integers:
    """Runs as pairs (background, foreground), mask after mask. From the fourth number on each is the
    difference to the run two before: so down each column runs are sums, begun anew with every mask."""
    runs = np.zeros((int(pairs.sum()), 2), np.int64)
    place = np.arange(numbers.size) + np.repeat(2 * start - _starts(of_mask), of_mask)
    runs.reshape(-1)[place] = numbers
    background = runs[start, 0]  # the first number is outside these sums
    runs[start, 0] = 0
    before = -runs[start]
    np.cumsum(runs, axis=0, out=runs)
    before += runs[start]
    runs -= np.repeat(before, pairs, axis=0)
    runs[start, 0] = background
    runs[(start + pairs - 1)[of_mask % 2 == 1], 1] = 0
    return runs


def _boxes(
    lengths: Integers, foreground: Integers, start: Integers, pairs: Integers, pad: Integers, height: int
) -> Integers:
    """x, y, width, height of masks that are not empty and have no empty runs between others."""
    ends = np.cumsum(lengths)
    ends -= np.repeat(ends[start] - lengths[start], pairs)
    first, last = ends - foreground, ends - 1
    owner = np.searchsorted(start, pad, side="right") - 1
    first[pad], last[pad] = first[start[owner]], last[start[owner]]
    columns, last_columns = first // height, last // height
    top = np.minimum.reduceat(first - columns * height, start)
    bottom = np.maximum.reduceat(last - last_columns * height, start)
    across = np.logical_or.reduceat(columns != last_columns, start)  # touches the upper and the lower border
    top[across], bottom[across] = 0, height - 1
    left = columns[start]
    right = np.maximum.reduceat(last_columns, start)
    return np.stack((left, top, right - left + 1, bottom - top + 1), axis=1)
