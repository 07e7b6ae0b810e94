"""PNG files made to measure: the conformance pack makes its own in the same way."""

from __future__ import annotations

from rvosbench.conformance.png_files import (
    ADAM7,
    GRAY,
    GRAY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    SIGNATURE,
    Pixels,
    chunk,
    compressed,
    filtered,
    header,
    packed,
    pixel_chunks,
    png,
    raw_rows,
    with_stream,
)

__all__ = [
    "ADAM7",
    "GRAY",
    "GRAY_ALPHA",
    "PALETTE",
    "RGB",
    "RGBA",
    "SIGNATURE",
    "Pixels",
    "chunk",
    "compressed",
    "filtered",
    "header",
    "packed",
    "pixel_chunks",
    "png",
    "raw_rows",
    "with_stream",
]
