"""From a polygon to pixels, in integers alone: the same pixels on every processor.

A pixel is a square of `UNIT` x `UNIT`, looked at in 5 x 5 places. How many of them lie inside is the
coverage; a pixel belongs to the mask if most of them do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.floating[Any]]  # colours and coordinates, where pictures are painted

SAMPLES = 5
SPACING = 64
UNIT = SAMPLES * SPACING
FULL = SAMPLES * SAMPLES


@dataclass(frozen=True, slots=True)
class Silhouette:
    """`coverage` (0 ... 25) of the pixels from (`left`, `top`) on, cut at the border of the picture."""

    left: int
    top: int
    coverage: NDArray[np.uint8]

    @property
    def mask(self) -> NDArray[np.bool_]:
        return self.coverage * 2 > FULL

    @property
    def window(self) -> tuple[slice, slice]:
        """The part of a picture that `coverage` speaks of."""
        height, width = self.coverage.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def silhouette(corners: NDArray[np.int64], width: int, height: int) -> Silhouette:
    """`corners` [n, 2] in units, x before y; the origin is the top left corner of the picture."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    left, right = _pixels(int(low[0]), int(high[0]), width)
    top, bottom = _pixels(int(low[1]), int(high[1]), height)
    if left >= right or top >= bottom:
        return Silhouette(0, 0, np.zeros((0, 0), np.uint8))
    fine = _inside(corners - np.array([left, top]) * UNIT, right - left, bottom - top)
    blocks = fine.reshape(bottom - top, SAMPLES, right - left, SAMPLES)
    return Silhouette(left, top, blocks.sum(axis=(1, 3), dtype=np.uint8))


def _pixels(low: int, high: int, size: int) -> tuple[int, int]:
    return max(0, low // UNIT), min(size, high // UNIT + 1)


def _inside(corners: NDArray[np.int64], width: int, height: int) -> NDArray[np.uint8]:
    """Even-odd rule at every sample: each edge flips all samples of a row to its right."""
    ends = np.roll(corners, -1, axis=0)
    x0, y0 = corners[:, :1], corners[:, 1:]
    x1, y1 = ends[:, :1], ends[:, 1:]
    rows = np.arange(height * SAMPLES) * SPACING + SPACING // 2
    crossed = (y0 <= rows) != (y1 <= rows)
    edge, row = np.nonzero(crossed)
    x0, y0, x1, y1 = (values[edge, 0] for values in (x0, y0, x1, y1))
    at = x0 - (y0 - rows[row]) * (x1 - x0) // (y1 - y0)  # rounded up: the first whole unit to the right
    columns = width * SAMPLES
    first = np.clip((at + SPACING // 2 - 1) // SPACING, 0, columns)
    flips = np.bincount(row * (columns + 1) + first, minlength=rows.size * (columns + 1))
    parity = flips.reshape(rows.size, columns + 1)[:, :columns].astype(np.uint8)
    return np.bitwise_and(np.add.accumulate(parity, axis=1, dtype=np.uint8), 1)
