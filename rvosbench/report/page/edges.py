"""Masks made small, and packed for the browser.

A mask is the sorted places where it changes between background and foreground, column by column, as in COCO
run lengths. A small mask has the pixels at the centres of its cells; its changes follow from those of the
large one without any pixel being touched. Of every frame either the changes are kept or, where that is
shorter, the places in which they differ from those of the frame before. How the bytes lie is in
`docs/report.md`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks import rle

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 9  # of deflate
NONE = np.zeros(0, np.int64)


def small_size(height: int, width: int, side: int) -> tuple[int, int]:
    """The same shape with a shorter side of `side` pixels; nothing is made larger."""
    shorter = min(height, width)
    if shorter <= side:
        return height, width
    return max(1, round(height * side / shorter)), max(1, round(width * side / shorter))


class Reduction:
    """From masks of one size to small ones."""

    def __init__(self, size: tuple[int, int], small: tuple[int, int]) -> None:
        self.size, self.small = size, small
        rows, columns = (_centres(whole, part) for whole, part in zip(size, small, strict=True))
        self._rows_before = np.searchsorted(rows, np.arange(size[0]))
        self._columns_before = np.searchsorted(columns, np.arange(size[1] + 1))
        self._is_kept = np.zeros(size[1] + 1, np.int64)
        self._is_kept[columns] = 1

    def edges(self, counts: bytes) -> NDArray[np.int64]:
        """Of the small mask that compressed counts stand for."""
        places = np.cumsum(rle.checked_runs(counts, *self.size))[:-1]
        column, row = np.divmod(places, self.size[0])
        height, width = self.small
        moved = self._columns_before[column] * height + self._is_kept[column] * self._rows_before[row]
        moved = moved[moved < height * width]
        if not moved.size:
            return moved
        first = np.concatenate(([0], np.flatnonzero(moved[1:] != moved[:-1]) + 1))
        times = np.concatenate((first[1:], [moved.size])) - first
        kept: NDArray[np.int64] = moved[first[times % 2 == 1]]  # two changes at one place are none
        return kept


def _centres(whole: int, part: int) -> NDArray[np.int64]:
    """Which of `whole` rows are kept, so that `part` remain."""
    return (2 * np.arange(part, dtype=np.int64) + 1) * whole // (2 * part)


def pack(frames: Sequence[NDArray[np.int64]]) -> bytes:
    """The masks of one unit, frame by frame."""
    numbers, before = [], NONE
    for here in frames:
        whole, changed = _numbers(here, 0), _numbers(np.setxor1d(before, here, assume_unique=True), 1)
        numbers.append(whole if _length(whole) <= _length(changed) else changed)
        before = here
    return deflated(_varints(np.concatenate(numbers)))


def deflated(content: bytes) -> bytes:
    return zlib.compress(content, LEVEL)


def _numbers(edges: NDArray[np.int64], is_change: int) -> NDArray[np.int64]:
    """Twice the number of edges, plus 1 if they are those of a difference; then the gaps between them."""
    numbers = np.empty(edges.size + 1, np.int64)
    numbers[0] = 2 * edges.size + is_change
    numbers[1:] = edges
    numbers[2:] -= edges[:-1]
    return numbers


def _length(numbers: NDArray[np.int64]) -> int:
    """How many bytes they take, near enough to choose by."""
    return numbers.size + int(np.count_nonzero(numbers > 0x7F))


def _varints(values: NDArray[np.int64]) -> bytes:
    """Seven bits to a byte, low ones first; the high bit says that another byte follows."""
    width = np.ones(values.size, np.int64)
    for shift in (7, 14, 21, 28):
        width += values >= 1 << shift
    columns = np.arange(width.max())
    groups = (values[:, None] >> (7 * columns)) & 0x7F
    groups |= np.where(columns < width[:, None] - 1, 0x80, 0)
    packed: bytes = groups[columns < width[:, None]].astype(np.uint8).tobytes()
    return packed
