"""PNG files made to measure: any depth, filter, interlacing, number of chunks; whole or damaged."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

Pixels = NDArray[np.uint8]


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(
    height: int,
    width: int,
    depth: int = 8,
    colour_type: int = GRAY,
    interlace: int = 0,
    rest: bytes = b"\0\0",
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour_type) + rest + bytes([interlace]))


def packed(values: Pixels, depth: int) -> Pixels:
    """Rows as the file has them: several pixels to a byte, the first in the highest bits."""
    if depth == 8:
        return values
    bits = np.unpackbits(values[:, :, None], axis=2)[:, :, 8 - depth :]
    return np.packbits(bits.reshape(values.shape[0], -1), axis=1)


def filtered(rows: Pixels, filters: Iterable[int]) -> bytes:
    """The filters of the PNG specification, for pixels of one byte or less."""
    written = []
    above = np.zeros(rows.shape[1], np.int64)
    for row, kind in zip(rows.astype(np.int64), filters, strict=True):
        if not kind:
            written.append(b"\0" + row.astype(np.uint8).tobytes())
            above = row
            continue
        left = np.concatenate(([0], row[:-1]))
        corner = np.concatenate(([0], above[:-1]))
        estimate = left + above - corner
        distances = np.abs(estimate - np.stack((left, above, corner)))
        paeth = np.stack((left, above, corner))[distances.argmin(axis=0), np.arange(row.size)]
        predicted = (0 * row, left, above, (left + above) // 2, paeth)[kind]
        written.append(bytes([kind]) + ((row - predicted) % 256).astype(np.uint8).tobytes())
        above = row
    return b"".join(written)


def raw_rows(values: Pixels, filters: Sequence[int], depth: int = 8, interlace: int = 0) -> bytes:
    """All that is compressed; `filters` are taken in turn."""
    passes = [values[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlace else [values]
    parts = []
    for part in passes:
        if part.size:
            turns = [filters[i % len(filters)] for i in range(part.shape[0])]
            parts.append(filtered(packed(part, depth), turns))
    return b"".join(parts)


def compressed(raw: bytes, level: int = 6, strategy: int = 0) -> bytes:
    squeezer = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
    return squeezer.compress(raw) + squeezer.flush()


def pixel_chunks(stream: bytes, size: int = 0) -> bytes:
    """The stream in chunks of `size` bytes; 0 for one chunk."""
    step = size or max(1, len(stream))
    return b"".join(chunk(b"IDAT", stream[at : at + step]) for at in range(0, max(1, len(stream)), step))


def png(
    values: Pixels,
    *,
    depth: int = 8,
    colour_type: int = GRAY,
    filters: Sequence[int] = (0,),
    interlace: int = 0,
    palette: bytes = bytes(range(256)) * 3,
    idat: int = 0,
    level: int = 6,
    strategy: int = 0,
    extra: bytes = b"",
) -> bytes:
    """`extra` chunks stand before the pixels."""
    stream = compressed(raw_rows(values, filters, depth, interlace), level, strategy)
    height, width = values.shape
    return b"".join(
        (
            SIGNATURE,
            header(height, width, depth, colour_type, interlace),
            chunk(b"PLTE", palette[: 3 << depth]) if colour_type == PALETTE else b"",
            extra,
            pixel_chunks(stream, idat),
            chunk(b"IEND"),
        )
    )


def with_stream(height: int, width: int, stream: bytes) -> bytes:
    """An 8-bit gray file around any stream."""
    return SIGNATURE + header(height, width) + chunk(b"IDAT", stream) + chunk(b"IEND")
