"""The kernel in NumPy: the same functions with the same outcome as native, to the last bit, on any machine.

A plane is bytes: for each row ceil(width / 64) words of 64 bits, bit k of word j being pixel 64 j + k. The
spare bits of the last word of a row are zero.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rvosbench._kernels import twin_png, twin_rle
from rvosbench._kernels.interface import Buffer, Records
from rvosbench._kernels.reasons import KernelError, Reason

MAX_SIDE = 65536
_BITS = 64
_FRAME = struct.Struct("=ddqqqIi")

Words = NDArray[np.uint64]
Disk = tuple[tuple[int, int, int], ...]
Box = tuple[slice, slice]
"""Rows, and words of each."""


def png_header(data: Buffer) -> tuple[int, int, int, int, int]:
    return twin_png.header(bytes(data))


def png_plane(data: Buffer, height: int, width: int) -> tuple[bytes, int]:
    _check_size(height, width)
    packed, facts = twin_png.read_mask(bytes(data), height, width)
    return _from_packed(packed, width), facts


def png_labels(data: Buffer, height: int, width: int) -> tuple[bytes, int]:
    _check_size(height, width)
    labels, facts = twin_png.read_labels(bytes(data), height, width)
    return labels.tobytes(), facts


def rle_plane(counts: Buffer, height: int, width: int) -> bytes:
    _check_size(height, width)
    rows, columns = twin_rle.toggles(bytes(counts), height, width)
    toggled = np.zeros((height, width), np.bool_)
    toggled[rows, columns] = True
    words = np.frombuffer(_from_mask(toggled), np.uint64).reshape(height, -1)
    return np.bitwise_xor.accumulate(words, axis=0).tobytes()


def rle_counts(plane: Buffer, height: int, width: int) -> bytes:
    words = _words(plane, height, width).copy()
    words[1:] ^= words[:-1].copy()
    rows, places = np.nonzero(words)
    of_word, bits = np.nonzero(_to_mask(words[rows, places][:, None], _BITS))
    return twin_rle.encode(rows[of_word], places[of_word] * _BITS + bits, height, width)


def plane_from_pixels(pixels: Buffer, height: int, width: int, label: int = -1) -> bytes:
    if label > 255:
        raise ValueError("a label of more than 255")
    _check_size(height, width)
    _check_length(pixels, height * width)
    values = np.frombuffer(pixels, np.uint8).reshape(height, width)
    return _from_mask(values != 0 if label < 0 else values == label)


def plane_to_pixels(plane: Buffer, height: int, width: int) -> bytes:
    return _to_mask(_words(plane, height, width), width).tobytes()


def union(a: Buffer, b: Buffer) -> bytes:
    _check_length(b, len(a))
    return (np.frombuffer(a, np.uint64) | np.frombuffer(b, np.uint64)).tobytes()


def area(plane: Buffer) -> int:
    return _area(np.frombuffer(plane, np.uint64))


def intersection_union(a: Buffer, b: Buffer, void: Buffer | None = None) -> tuple[int, int]:
    _check_length(b, len(a))
    first, second = np.frombuffer(a, np.uint64), np.frombuffer(b, np.uint64)
    if void is not None:
        _check_length(void, len(a))
        counted = ~np.frombuffer(void, np.uint64)
        first, second = first & counted, second & counted
    return _area(first & second), _area(first | second)


def boundary(plane: Buffer, height: int, width: int) -> bytes:
    words = _words(plane, height, width)
    return _boundary(words, width, (slice(0, height), slice(0, words.shape[1]))).tobytes()


def dilate(plane: Buffer, height: int, width: int, spans: Buffer) -> bytes:
    words = _words(plane, height, width)
    whole = slice(0, height), slice(0, words.shape[1])
    near = _dilated(words, whole, _disk(spans), whole)
    near[:, -1] &= _last_word_mask(width)
    return near.tobytes()


@dataclass(frozen=True, slots=True)
class Truth:
    """Ground truth of one frame. Only boxes around what is there are kept."""

    height: int
    width: int
    disk: Disk
    void: Words | None
    mask: Words
    mask_box: Box
    boundary: Words
    boundary_box: Box
    near: Words
    near_box: Box
    area: int
    boundary_area: int


def prepare(plane: Buffer, height: int, width: int, spans: Buffer, void: Buffer | None = None) -> Truth:
    words, left_out = _words(plane, height, width), None
    disk = _disk(spans)
    if void is not None:
        left_out = _words(void, height, width).copy()
        words = words & ~left_out
    box = _bounds(words)
    around = _boundary_box(box)
    near_box = _grown(around, _reach(disk), words.shape)
    edge = _boundary(words, width, around)
    mask = words[box].copy()
    near = _dilated(edge, around, disk, near_box)
    areas = _area(mask), _area(edge)
    return Truth(height, width, disk, left_out, mask, box, edge, around, near, near_box, *areas)


def score(truth: Truth, plane: Buffer) -> tuple[float, float]:
    j, f, *_ = _scores(truth, plane)
    return j, f


def score_pngs(truths: Sequence[Truth], files: Sequence[Buffer], keep: bool = False) -> Records:
    return _score_all(truths, files, keep, lambda file, truth: png_plane(file, truth.height, truth.width))


def score_counts(truths: Sequence[Truth], counts: Sequence[Buffer], keep: bool = False) -> Records:
    return _score_all(
        truths, counts, keep, lambda text, truth: (rle_plane(text, truth.height, truth.width), 0)
    )


def score_planes(truths: Sequence[Truth], planes: Sequence[Buffer]) -> Records:
    return _score_all(truths, planes, False, lambda plane, _: (bytes(plane), 0))


def _score_all(
    truths: Sequence[Truth],
    sources: Sequence[Buffer],
    keep: bool,
    read: Callable[[Buffer, Truth], tuple[bytes, int]],
) -> Records:
    """A record for each frame, and, with `keep`, the planes of the predictions. What is refused has a reason
    in its record, and no plane."""
    if len(truths) != len(sources):
        raise ValueError("as many predictions as frames of ground truth are needed")
    records: list[bytes] = []
    planes: list[bytes | None] = []
    for truth, source in zip(truths, sources, strict=True):
        try:
            plane, facts = read(source, truth)
        except KernelError as error:
            records.append(_FRAME.pack(0.0, 0.0, 0, 0, 0, 0, error.reason))
            planes.append(None)
        else:
            records.append(_FRAME.pack(*_scores(truth, plane), facts, Reason.ACCEPTED))
            planes.append(plane)
    return b"".join(records), planes if keep else None


def _scores(truth: Truth, plane: Buffer) -> tuple[float, float, int, int, int]:
    """J, F, intersection, union, and the area of the prediction."""
    words = _words(plane, truth.height, truth.width)
    if truth.void is not None:
        words = words & ~truth.void
    box = _bounds(words)
    size = _area(words[box])
    common = _common_area(truth.mask, truth.mask_box, words[box], box)
    either = size + truth.area - common
    around = _boundary_box(box)
    edge = _boundary(words, truth.width, around)
    predicted, hits_of_prediction, hits_of_truth = _area(edge), 0, 0
    if predicted and truth.boundary_area:
        hits_of_prediction = _common_area(edge, around, truth.near, truth.near_box)
        near = _dilated(edge, around, truth.disk, truth.boundary_box)
        hits_of_truth = _area(truth.boundary & near)
    f = _f_measure(hits_of_prediction, predicted, hits_of_truth, truth.boundary_area)
    return common / either if either else 1.0, f, common, either, size


def _f_measure(hits_of_prediction: int, predicted: int, hits_of_truth: int, true: int) -> float:
    if not predicted and not true:
        return 1.0
    if not predicted or not true:
        return 0.0
    precision, recall = hits_of_prediction / predicted, hits_of_truth / true
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _check_size(height: int, width: int) -> None:
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"an image of {width} x {height} pixels")


def _check_length(buffer: Buffer, length: int) -> None:
    if len(buffer) != length:
        raise ValueError(f"{len(buffer)} bytes where {length} are needed")


def _words(plane: Buffer, height: int, width: int) -> Words:
    _check_size(height, width)
    number = -(-width // _BITS)
    _check_length(plane, height * number * 8)
    return np.frombuffer(plane, np.uint64).reshape(height, number)


def _from_packed(packed: NDArray[np.uint8], width: int) -> bytes:
    """A plane from rows of eight pixels to a byte."""
    padded = np.zeros((packed.shape[0], -(-width // _BITS) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.tobytes() if sys.byteorder == "little" else padded.view(np.uint64).byteswap().tobytes()


def _from_mask(mask: NDArray[np.bool_ | np.uint8]) -> bytes:
    return _from_packed(np.packbits(mask, axis=1, bitorder="little"), mask.shape[1])


def _to_mask(words: Words, width: int) -> NDArray[np.uint8]:
    packed = words.astype("<u8").view(np.uint8)
    return np.unpackbits(packed, axis=1, count=width, bitorder="little")


def _last_word_mask(width: int) -> np.uint64:
    return np.uint64((1 << ((width - 1) % _BITS + 1)) - 1)


def _area(words: Words) -> int:
    if hasattr(np, "bitwise_count"):  # from NumPy 2.0 on
        return int(np.bitwise_count(words).sum(dtype=np.int64))
    return int(np.unpackbits(np.ascontiguousarray(words).view(np.uint8)).sum(dtype=np.int64))


def _bounds(words: Words) -> Box:
    rows = np.flatnonzero(words.any(axis=1))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    columns = np.flatnonzero(words[rows[0] : rows[-1] + 1].any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _is_empty(box: Box) -> bool:
    return any(part.start >= part.stop for part in box)


def _grown(box: Box, reach: int, shape: tuple[int, ...]) -> Box:
    if _is_empty(box):
        return box
    rows, words = box
    aside = -(-reach // _BITS)
    return (
        slice(max(0, rows.start - reach), min(shape[0], rows.stop + reach)),
        slice(max(0, words.start - aside), min(shape[1], words.stop + aside)),
    )


def _common_area(a: Words, a_box: Box, b: Words, b_box: Box) -> int:
    both = tuple(slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a_box, b_box, strict=True))
    if any(part.start >= part.stop for part in both):
        return 0
    of_a, of_b = (
        words[tuple(slice(p.start - q.start, p.stop - q.start) for p, q in zip(both, box, strict=True))]
        for words, box in ((a, a_box), (b, b_box))
    )
    return _area(of_a & of_b)


def _boundary_box(box: Box) -> Box:
    if _is_empty(box):
        return box
    rows, words = box
    return slice(max(0, rows.start - 1), rows.stop), slice(max(0, words.start - 1), words.stop)


def _boundary(words: Words, width: int, box: Box) -> Words:
    """Pixels that differ from their right, lower or lower right neighbour. Beyond its last row and column the
    image goes on as it ends, which is why its border is never a boundary."""
    rows, columns = box
    here = words[rows.start : rows.stop + 1, columns.start : columns.stop + 1]
    if rows.stop == words.shape[0]:
        here = np.concatenate((here, here[-1:]))
    east = here >> np.uint64(1)
    east[:, :-1] |= here[:, 1:] << np.uint64(63)
    if columns.stop == words.shape[1]:
        east[:, -1] |= here[:, -1] & np.uint64(1 << ((width - 1) % _BITS))
    found = (here[:-1] ^ east[:-1]) | (here[:-1] ^ here[1:]) | (here[:-1] ^ east[1:])
    return np.ascontiguousarray(found[:, : columns.stop - columns.start])


def _disk(spans: Buffer) -> Disk:
    if len(spans) % 12 == 0:
        disk = tuple(struct.iter_unpack("=3i", spans))
        nested = all(a[1] >= b[1] and a[2] <= b[2] for a, b in pairwise(disk))
        if nested and all(first <= last for _, first, last in disk) and _reach(disk) <= MAX_SIDE:
            return disk
    raise ValueError("the spans are not those of a disk, narrowest first")


def _reach(disk: Disk) -> int:
    """The largest offset in any direction."""
    return max((abs(offset) for span in disk for offset in span), default=0)


def _dilated(words: Words, box: Box, disk: Disk, to_box: Box) -> Words:
    """What the part `box` of a plane becomes inside `to_box` when each of its pixels grows to a disk."""
    (rows, columns), (to_rows, to_columns) = box, to_box
    near = np.zeros((to_rows.stop - to_rows.start, to_columns.stop - to_columns.start), np.uint64)
    if not near.size or not words.size or not disk:
        return near
    margin = 1 + _reach(disk) // _BITS
    # The rows as `to_box` sees them, with what may come in from aside.
    seen = np.zeros((words.shape[0], near.shape[1] + 2 * margin), np.uint64)
    shift = columns.start - to_columns.start + margin
    start, stop = max(0, shift), min(seen.shape[1], shift + words.shape[1])
    if start < stop:
        seen[:, start:stop] = words[:, start - shift : stop - shift]
    left = right = disk[0][1]
    seen = _moved(seen, left)
    for row, first, last in disk:
        while left > first or right < last:
            most = right - left + 1
            more_left, more_right = min(left - first, most), min(last - right, most)
            seen = seen | _moved(seen, -more_left) | _moved(seen, more_right)
            left, right = left - more_left, right + more_right
        target = rows.start - row - to_rows.start
        begin, end = max(0, target), min(near.shape[0], target + seen.shape[0])
        if begin < end:
            near[begin:end] |= seen[begin - target : end - target, margin:-margin]
    return near


def _moved(rows: Words, offset: int) -> Words:
    """Bit x becomes what bit x + offset was."""
    if not offset:
        return rows
    skip, bits = divmod(offset, _BITS)
    wide = np.zeros((rows.shape[0], rows.shape[1] + 1), np.uint64)
    start, stop = max(0, -skip), min(wide.shape[1], rows.shape[1] - skip)
    if start < stop:
        wide[:, start:stop] = rows[:, start + skip : stop + skip]
    if not bits:
        return wide[:, :-1]
    return (wide[:, :-1] >> np.uint64(bits)) | (wide[:, 1:] << np.uint64(_BITS - bits))
