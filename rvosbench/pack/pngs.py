"""The PNG files that servers want. The same pixels give the same bytes."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from rvosbench.masks.png import palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.masks.planes import Plane

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _PALETTE = 0, 3
_UP = 2  # the filter: nearly all rows of a mask are like the one above
_LEVEL = 1  # more hardly makes them smaller


def gray_png(mask: Plane) -> bytes:
    """8-bit gray, 0 and 255."""
    return _png(mask.to_array().view(np.uint8) * np.uint8(255), _GRAY)


def palette_png(labels: NDArray[np.uint8]) -> bytes:
    """8-bit palette, in the colours of DAVIS."""
    return _png(labels, _PALETTE)


def _png(values: NDArray[np.uint8], colour_type: int) -> bytes:
    height, width = values.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = values[0]
    np.subtract(values[1:], values[:-1], out=rows[1:, 1:])
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)),
            _chunk(b"PLTE", palette()) if colour_type == _PALETTE else b"",
            _chunk(b"IDAT", zlib.compress(rows.data, _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
