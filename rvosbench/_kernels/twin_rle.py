"""COCO compressed run lengths to planes and back, in NumPy. See native `rle.c`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rvosbench._kernels.reasons import KernelError, Reason

_FIRST, _MORE, _SIGN, _BITS, _MAX_GROUPS = 48, 0x20, 0x10, 5, 7

Places = NDArray[np.int64]


def toggles(counts: bytes, height: int, width: int) -> tuple[Places, Places]:
    """Rows and columns of the pixels that differ from the one above them, or are set in the first row."""
    lengths = _runs(counts)
    # A run beyond the image would make the sum overflow before it is compared.
    if lengths.min() < 0 or lengths.max() > height * width or int(lengths.sum()) != height * width:
        raise KernelError(Reason.BAD_RUNS)
    edges = np.cumsum(lengths[:-1])
    if not lengths.all():  # of two edges in one place nothing is left
        edges, times = np.unique(edges, return_counts=True)
        edges = edges[times % 2 == 1]
    tops = np.arange(0, height * width, height)
    tops = tops[np.searchsorted(edges, tops, side="right") % 2 == 1]
    edges = np.concatenate((tops, edges[edges % height != 0]))
    return edges % height, edges // height


def encode(rows: Places, columns: Places, height: int, width: int) -> bytes:
    """The canonical counts of a mask; the inverse of `toggles`, in any order."""
    places = np.sort(columns * height + rows)
    tops = np.zeros(width, np.bool_)
    tops[columns[rows == 0]] = True
    per_column = np.bincount(columns, minlength=width)
    ends = np.concatenate(([False], per_column[:-1] % 2 == 1))  # the last pixel of the column before
    between = np.flatnonzero(tops != ends) * height
    edges = np.sort(np.concatenate((between, places[places % height != 0])))
    lengths = np.diff(np.concatenate(([0], edges, [height * width])))
    numbers = lengths.copy()
    numbers[3:] -= lengths[1:-2]
    return b"".join(_written(number) for number in numbers.tolist())


def _runs(counts: bytes) -> NDArray[np.int64]:
    groups = np.frombuffer(counts, np.uint8)
    if not groups.size or groups.min() < _FIRST or groups.max() > _FIRST + 63:
        raise KernelError(Reason.BAD_COUNTS)
    groups = groups - _FIRST
    last = np.flatnonzero((groups & _MORE) == 0)
    if not last.size or last[-1] != groups.size - 1:
        raise KernelError(Reason.BAD_COUNTS)
    first = np.concatenate(([0], last[:-1] + 1))
    width = last - first + 1
    if width.max() > _MAX_GROUPS:
        raise KernelError(Reason.BAD_COUNTS)
    shift = _BITS * (np.arange(groups.size) - np.repeat(first, width))
    numbers = np.add.reduceat((groups & 0x1F).astype(np.int64) << shift, first)
    numbers -= ((groups[last] & _SIGN).astype(np.int64) << 1) << (_BITS * (width - 1))
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers


def _written(number: int) -> bytes:
    written = bytearray()
    while True:
        group = number & 0x1F
        number >>= _BITS
        if number == (-1 if group & _SIGN else 0):
            written.append(_FIRST + group)
            return bytes(written)
        written.append(_FIRST + (group | _MORE))
