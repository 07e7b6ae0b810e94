"""COCO run-length encoding: the form in which every mask of the schema is stored.

A mask is read column by column; `runs` are the lengths of its alternating stretches, background first.
The compressed form writes each run (from the fourth on as the difference to the run two before) in groups
of five bits, low group first, as characters from '0' on; bit 0x20 says that another group follows, bit 0x10
of the last group is the sign.

Written by hand, because these strings come from strangers: pycocotools trusts them and reads or writes out
of bounds when they lie. It is the oracle of the tests instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rvosbench.schema import Mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FIRST = 48  # the character '0' stands for the group 0
MORE, SIGN, BITS = 0x20, 0x10, 5
MAX_GROUPS = 7  # 35 bits: more than any run of an image needs
MAX_CHARACTER = FIRST + 63


class RleError(ValueError):
    """The counts are not a run-length encoding of a mask of the stated size."""


def runs(counts: bytes) -> NDArray[np.int64]:
    """The run lengths that compressed `counts` stand for."""
    groups = np.frombuffer(counts, np.uint8)
    if not groups.size:
        raise RleError("the counts are empty")
    if groups.min() < FIRST or groups.max() > MAX_CHARACTER:
        raise RleError("a character outside the alphabet of COCO counts")
    groups = groups - FIRST
    last = np.flatnonzero((groups & MORE) == 0)
    if not last.size or last[-1] != groups.size - 1:
        raise RleError("the counts end inside a number")
    first = np.concatenate(([0], last[:-1] + 1))
    width = last - first + 1
    if width.max() > MAX_GROUPS:
        raise RleError("a run that is longer than any image")
    shift = BITS * (np.arange(groups.size) - np.repeat(first, width))
    numbers = np.add.reduceat((groups & 0x1F).astype(np.int64) << shift, first)
    negative = (groups[last] & SIGN) != 0
    numbers[negative] -= np.int64(1) << (BITS * width[negative])
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    if numbers.min() < 0:
        raise RleError("a negative run")
    if numbers.max() >> (BITS * MAX_GROUPS):
        raise RleError("a run that is longer than any image")
    return numbers


def compress(lengths: NDArray[np.int64]) -> bytes:
    """The compressed counts of run lengths; the inverse of `runs`."""
    numbers = lengths.astype(np.int64)
    numbers[3:] -= lengths[1:-2]
    width = np.ones(numbers.size, np.int64)
    for groups in range(1, MAX_GROUPS):
        limit = 1 << (BITS * groups - 1)
        width += (numbers >= limit) | (numbers < -limit)
    columns = np.arange(width.max(initial=1))
    groups_of = (numbers[:, None] >> (BITS * columns)) & 0x1F
    groups_of |= np.where(columns < width[:, None] - 1, MORE, 0)
    counts: bytes = (groups_of[columns < width[:, None]] + FIRST).astype(np.uint8).tobytes()
    return counts


def encode(mask: NDArray[np.generic]) -> bytes:
    """Compressed counts of a two-dimensional array; whatever is not zero is foreground."""
    flat = (np.asarray(mask) != 0).ravel(order="F")
    return compress(_alternating(flat))


def empty(height: int, width: int) -> bytes:
    """Compressed counts of a mask without any pixel."""
    return compress(np.array([height * width]))


def decode(counts: bytes, height: int, width: int) -> NDArray[np.bool_]:
    """The mask as an array [height, width]."""
    lengths = checked_runs(counts, height, width)
    values = (np.arange(lengths.size) & 1).astype(np.bool_)
    return np.repeat(values, lengths).reshape((height, width), order="F")


def checked_runs(counts: bytes, height: int, width: int) -> NDArray[np.int64]:
    lengths = runs(counts)
    if (total := int(lengths.sum())) != height * width:
        raise RleError(f"runs of {total} pixels for a mask of {width}x{height} = {height * width}")
    return lengths


def to_mask(frame: int, counts: bytes, height: int, width: int) -> Mask | None:
    """A row of the schema from foreign counts: checked, made canonical, measured. None if it is empty."""
    lengths = checked_runs(counts, height, width)
    if lengths.size > 1 and not lengths[1:].all():
        lengths = _canonical(lengths)
        counts = compress(lengths)
    area = int(lengths[1::2].sum())
    return Mask(frame, counts, area, _bbox(lengths, height)) if area else None


def _canonical(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same mask without empty runs between others. Pixels are not touched: the size may be a lie."""
    kept = np.flatnonzero(lengths)
    if not kept.size:
        return lengths[:1]
    foreground = kept & 1
    first = np.flatnonzero(np.diff(foreground, prepend=-1))
    merged = np.add.reduceat(lengths[kept], first)
    return np.concatenate(([0], merged)) if foreground[0] else merged


def array_to_mask(frame: int, mask: NDArray[np.generic]) -> Mask | None:
    """A row of the schema from pixels. None if no pixel is set."""
    lengths = _alternating((np.asarray(mask) != 0).ravel(order="F"))
    area = int(lengths[1::2].sum())
    return Mask(frame, compress(lengths), area, _bbox(lengths, mask.shape[0])) if area else None


def labels_to_masks(frame: int, labels: NDArray[np.uint8]) -> dict[int, Mask]:
    """Every non-zero label of a label map, as a row of the schema; the pixels are walked once."""
    height = labels.shape[0]
    flat = labels.ravel(order="F")
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    stops = np.append(starts[1:], flat.size)
    values = flat[starts]
    found: dict[int, Mask] = {}
    for label in np.unique(values):
        if label:
            chosen = values == label
            lengths = _between(starts[chosen], stops[chosen], flat.size)
            area = int(lengths[1::2].sum())
            found[int(label)] = Mask(frame, compress(lengths), area, _bbox(lengths, height))
    return found


def union(parts: Iterable[bytes], height: int, width: int) -> NDArray[np.bool_]:
    """The pixels that any of the masks holds."""
    whole = np.zeros((height, width), np.bool_)
    for counts in parts:
        whole |= decode(counts, height, width)
    return whole


def measure(counts: bytes, height: int, width: int) -> tuple[int, tuple[int, int, int, int]]:
    """Area and bounding box (x, y, width, height), without decoding to pixels."""
    lengths = checked_runs(counts, height, width)
    area = int(lengths[1::2].sum())
    return area, _bbox(lengths, height) if area else (0, 0, 0, 0)


def _alternating(flat: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Run lengths of a flat mask, background first."""
    if not flat.size:
        return np.zeros(1, np.int64)
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate(([0], edges, [flat.size])))
    return np.concatenate(([0], lengths)) if flat[0] else lengths


def _between(starts: NDArray[np.int64], stops: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Run lengths of a mask given as sorted stretches that do not touch."""
    edges = np.empty(2 * starts.size, np.int64)
    edges[0::2], edges[1::2] = starts, stops
    lengths = np.diff(edges, prepend=0)
    return np.append(lengths, size - edges[-1]) if edges[-1] < size else lengths


def _bbox(lengths: NDArray[np.int64], height: int) -> tuple[int, int, int, int]:
    """Of a mask that is not empty."""
    edges = np.cumsum(lengths)
    size = lengths[1::2]
    last = edges[1::2][size > 0] - 1
    first = last - size[size > 0] + 1
    left, right = int(first[0]) // height, int(last[-1]) // height
    if np.any(
        first // height != last // height
    ):  # a run that goes on in the next column touches both borders
        top, bottom = 0, height - 1
    else:
        top, bottom = int((first % height).min()), int((last % height).max())
    return left, top, right - left + 1, bottom - top + 1
