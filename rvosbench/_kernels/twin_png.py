"""PNG label maps and masks, in Python and NumPy. See native `png.c`, whose refusals are the same.

Masks are two-valued, and for those the filters are undone on whole rows of bits, held as integers of Python:
an addition then carries through a row at once. How that works is explained in native `bitrows.c`.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rvosbench._kernels.reasons import KernelError, Reason

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNK = 2**31 - 1
_GRAY, _PALETTE = 0, 3
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_WHOLE = (0, 0, 1, 1)

Pixels = NDArray[np.uint8]
Header = tuple[int, int, int, int, int]
"""Height, width, depth, colour type, interlace."""


def header(data: bytes) -> Header:
    return _header(data)[0]


def read_labels(data: bytes, height: int, width: int) -> tuple[Pixels, int]:
    """The values of the pixels as the file has them, and facts about them."""
    image = _read_chunks(data, height, width)
    labels = _labels(image, _decompress(image))
    return labels, _facts(image, np.flatnonzero(np.bincount(labels.ravel(), minlength=256)).tolist())


def read_mask(data: bytes, height: int, width: int) -> tuple[Pixels, int]:
    """The pixels that are not 0, eight to a byte, lowest bit first; and facts about their values."""
    image = _read_chunks(data, height, width)
    raw = _decompress(image)
    if image.header[2] == 8 and not image.header[4]:
        rows = np.frombuffer(raw, np.uint8).reshape(height, width + 1)
        found = _mask_of_rows(rows[:, 0], rows[:, 1:])
        if found is not None:
            packed, values = found
            return packed, _facts(image, values)
    labels = _labels(image, raw)
    return _packed(labels), _facts(image, np.flatnonzero(np.bincount(labels.ravel(), minlength=256)).tolist())


@dataclass(frozen=True, slots=True)
class _Image:
    header: Header
    palette: bytes
    stream: bytes


def _chunk(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    """Type, content, and where the next chunk begins."""
    if len(data) - at < 12:
        raise KernelError(Reason.TRUNCATED)
    length, kind = struct.unpack_from(">I4s", data, at)
    if length > _MAX_CHUNK:
        raise KernelError(Reason.BAD_CHUNK)
    end = at + 12 + length
    if end > len(data):
        raise KernelError(Reason.TRUNCATED)
    if not kind.isalpha():
        raise KernelError(Reason.BAD_CHUNK)
    if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
        raise KernelError(Reason.BAD_CRC)
    return kind, data[at + 8 : end - 4], end


def _header(data: bytes) -> tuple[Header, int]:
    if data[:8] != _SIGNATURE:
        raise KernelError(Reason.NOT_PNG)
    kind, content, at = _chunk(data, 8)
    if kind != b"IHDR" or len(content) != 13:
        raise KernelError(Reason.BAD_CHUNK)
    width, height, depth, colour_type, compression, filters, interlace = struct.unpack(">IIBBBBB", content)
    if not (0 < width <= _MAX_CHUNK and 0 < height <= _MAX_CHUNK) or compression or filters or interlace > 1:
        raise KernelError(Reason.BAD_CHUNK)
    return (height, width, depth, colour_type, interlace), at


def _read_chunks(data: bytes, height: int, width: int) -> _Image:
    about, at = _header(data)
    if about[3] not in (_GRAY, _PALETTE) or about[2] not in (1, 2, 4, 8):
        raise KernelError(Reason.WRONG_MODE)
    if about[:2] != (height, width):
        raise KernelError(Reason.WRONG_SIZE)
    palette = b""
    parts: list[bytes] = []
    before = b"IHDR"
    while True:
        kind, content, at = _chunk(data, at)
        if kind == b"IEND":
            break
        if kind == b"IDAT":
            if parts and before != b"IDAT":
                raise KernelError(Reason.BAD_CHUNK)
            parts.append(content)
        elif kind == b"PLTE":
            if palette or parts or len(content) % 3 or not 0 < len(content) <= 768:
                raise KernelError(Reason.BAD_CHUNK)
            palette = content
        elif not kind[0] & 0x20:
            raise KernelError(Reason.BAD_CHUNK)
        before = kind
    if not parts or (about[3] == _PALETTE and not palette):
        raise KernelError(Reason.BAD_CHUNK)
    return _Image(about, palette, b"".join(parts))


def _decompress(image: _Image) -> bytes:
    """The filtered rows. The stream is taken as a raw one, with its frame checked here: zlib would hold files
    to the window size that they declare, which is often wrong and which nobody needs."""
    stream, size = image.stream, sum(_pass_size(image.header, one) for one in _passes(image.header))
    if len(stream) < 2:
        raise KernelError(Reason.TOO_LITTLE_DATA)
    method, flags = stream[0], stream[1]
    if method & 15 != 8 or method >> 4 > 7 or flags & 0x20 or (method << 8 | flags) % 31:
        raise KernelError(Reason.BAD_STREAM)
    inflater = zlib.decompressobj(-15)
    try:
        raw = inflater.decompress(stream[2:], size)
    except zlib.error:
        raise KernelError(Reason.BAD_STREAM) from None
    if len(raw) < size:
        raise KernelError(Reason.TOO_LITTLE_DATA)
    if not inflater.eof:
        try:
            more = inflater.decompress(inflater.unconsumed_tail, 1)
        except zlib.error:
            more = b"?"  # it wrote, and then failed: had it failed at once, it would have done so above
        if more or not inflater.eof:
            raise KernelError(Reason.TOO_MUCH_DATA if more else Reason.TOO_LITTLE_DATA)
    rest = inflater.unused_data
    if len(rest) < 4:
        raise KernelError(Reason.TOO_LITTLE_DATA)
    if int.from_bytes(rest[:4], "big") != zlib.adler32(raw):
        raise KernelError(Reason.BAD_ADLER)
    if len(rest) > 4:
        raise KernelError(Reason.TOO_MUCH_DATA)
    return raw


def _passes(about: Header) -> tuple[tuple[int, int, int, int], ...]:
    return _PASSES if about[4] else (_WHOLE,)


def _pass_shape(about: Header, one: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """Rows, columns, bytes of a row."""
    height, width, depth = about[:3]
    x, y, dx, dy = one
    rows, columns = max(0, -((y - height) // dy)), max(0, -((x - width) // dx))
    return rows, columns, (columns * depth + 7) // 8


def _pass_size(about: Header, one: tuple[int, int, int, int]) -> int:
    rows, _, row_bytes = _pass_shape(about, one)
    return rows * (1 + row_bytes) if row_bytes else 0


def _labels(image: _Image, raw: bytes) -> Pixels:
    height, width, depth = image.header[:3]
    labels = np.zeros((height, width), np.uint8)
    at = 0
    for one in _passes(image.header):
        rows, columns, row_bytes = _pass_shape(image.header, one)
        size = _pass_size(image.header, one)
        if not size:
            continue
        table = np.frombuffer(raw, np.uint8, size, at).reshape(rows, row_bytes + 1)
        at += size
        values = _unfiltered(table[:, 0], table[:, 1:])
        if depth < 8:
            shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
            values = (values[:, :, None] >> shifts).reshape(rows, -1)[:, :columns] & np.uint8(
                (1 << depth) - 1
            )
        x, y, dx, dy = one
        labels[y::dy, x::dx] = values
    return labels


def _unfiltered(filters: Pixels, rows: Pixels) -> Pixels:
    if filters.max() > 4:
        raise KernelError(Reason.BAD_FILTER)
    if not filters.any():
        return rows
    pixels = rows.copy()
    above = np.zeros(rows.shape[1], np.uint8)
    for kind, row in zip(filters.tolist(), pixels, strict=True):
        if kind == 1:
            np.cumsum(row, dtype=np.uint8, out=row)
        elif kind == 2:
            row += above
        elif kind:
            undo = _undo_average if kind == 3 else _undo_paeth
            row[:] = np.frombuffer(undo(row.tobytes(), above.tobytes()), np.uint8)
        above = row
    return pixels


def _undo_average(row: bytes, above: bytes) -> bytes:
    pixels = bytearray(row)
    left = 0
    for place, up in enumerate(above):
        pixels[place] = left = (row[place] + (left + up) // 2) & 255
    return bytes(pixels)


def _undo_paeth(row: bytes, above: bytes) -> bytes:
    pixels = bytearray(row)
    left = corner = 0
    for place, up in enumerate(above):
        to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
        nearest = left if to_left <= min(to_up, to_corner) else up if to_up <= to_corner else corner
        pixels[place] = left = (row[place] + nearest) & 255
        corner = up
    return bytes(pixels)


def _packed(pixels: Pixels) -> Pixels:
    return np.packbits(pixels != 0, axis=1, bitorder="little")


def _mask_of_rows(filters: Pixels, residuals: Pixels) -> tuple[Pixels, list[int]] | None:
    """The mask, packed, and its values; None if it has more than two values or needs the filter Average."""
    if filters.max() > 4:
        raise KernelError(Reason.BAD_FILTER)
    nonzero = _packed(residuals)
    lines = np.flatnonzero(nonzero.any(axis=1))
    if not lines.size:
        return nonzero, []
    busy = slice(int(lines[0]), int(lines[-1]) + 1)
    first = residuals[busy.start]
    value = int(first[np.flatnonzero(first)[0]])
    positive = np.packbits(residuals[busy] == value, axis=1, bitorder="little")
    if not filters.any():
        return (nonzero, [value]) if np.array_equal(positive, nonzero[busy]) else None
    if (filters == 3).any():
        return None
    negative = np.packbits(residuals[busy] == 256 - value, axis=1, bitorder="little")
    mask = _undone_on_bits(filters, nonzero, residuals.shape[1])
    predicted = nonzero[busy] ^ mask[busy]
    fits = (positive & ~predicted) | (negative & predicted)
    return (mask, [value]) if np.array_equal(fits & nonzero[busy], nonzero[busy]) else None


def _undone_on_bits(filters: Pixels, nonzero: Pixels, width: int) -> Pixels:
    """Rows with the filter Up are a running XOR, stretch by stretch; Sub and Paeth go row by row."""
    mask = nonzero.copy()
    changes = np.flatnonzero(np.diff(filters)) + 1
    for start, stop in zip([0, *changes.tolist()], [*changes.tolist(), len(mask)], strict=True):
        kind = int(filters[start])
        if kind == 2:
            upper = max(0, start - 1)
            np.bitwise_xor.accumulate(mask[upper:stop], axis=0, out=mask[upper:stop])
        elif kind:
            _undo_row_by_row(kind, mask, start, stop, width)
    return mask


def _undo_row_by_row(kind: int, mask: Pixels, start: int, stop: int, width: int) -> None:
    size, whole = mask.shape[1], (1 << width) - 1
    above = int.from_bytes(mask[start - 1].tobytes(), "little") if start else 0
    for line in mask[start:stop]:
        row = int.from_bytes(line.tobytes(), "little")
        if row or above:
            running = _running_xor(row, width)
            if kind == 4:
                running ^= _held(above ^ above << 1, above ^ running << 1, whole)
            row = running & whole
            line[:] = np.frombuffer(row.to_bytes(size, "little"), np.uint8)
        above = row


def _running_xor(bits: int, width: int) -> int:
    step = 1
    while bits and step < width:
        bits ^= bits << step
        step *= 2
    return bits


def _held(chosen: int, values: int, whole: int) -> int:
    """Each bit of `chosen` takes the bit of `values`, each other the one before it."""
    given = chosen & values & whole
    kept = ~chosen & whole
    return (kept ^ ((given | kept) + given)) >> 1


def _luminance(colour: bytes) -> int:
    return (9797 * colour[0] + 19234 * colour[1] + 3737 * colour[2]) >> 15


def _facts(image: _Image, values: list[int]) -> int:
    used = [value for value in values if value]
    facts = max(used, default=0) | len(used) << 8
    if image.header[3] == _PALETTE:
        colours = image.palette
        facts |= 1 << 16
        if any(3 * value >= len(colours) or not _luminance(colours[3 * value :][:3]) for value in used):
            facts |= 1 << 18
        if _luminance(colours[:3]):
            facts |= 1 << 19
    if image.header[4]:
        facts |= 1 << 17
    return facts
