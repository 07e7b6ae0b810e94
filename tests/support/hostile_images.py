"""Hostile PNG files, as the first mask of an archive that is honest otherwise."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator

import hostile_splits
import numpy as np
from hostile_attacks import FIRST, LARGE, LARGE_SIZE, Attack, archive_with, attack, mask
from PIL import Image

from rvosbench.conformance import png_files
from rvosbench.conformance.png_files import (
    PALETTE,
    RGB,
    RGBA,
    SIGNATURE,
    chunk,
    compressed,
    header,
    pixel_chunks,
)
from rvosbench.conformance.zip_files import Entry, archive
from rvosbench.errors import Code

HEIGHT, WIDTH = hostile_splits.HEIGHT, hostile_splits.WIDTH
PIXELS = hostile_splits.target()[0].astype(np.uint8) * np.uint8(255)
STREAM = compressed(png_files.raw_rows(PIXELS, (0,)))
END = chunk(b"IEND")
MAX = 2**31 - 1
NOT_WHOLE = Code.UNREADABLE_FILE


def attacks() -> Iterator[Attack]:
    yield from _sizes()
    yield from _damaged()
    yield from _bombs()
    yield from _other_formats()
    yield from _modes()
    yield from _readable()


def _as_first(name: str, png: bytes | Callable[[], bytes], code: Code | None, why: str = "") -> Attack:
    def made() -> bytes:
        return archive_with(Entry(FIRST, png if isinstance(png, bytes) else png()))

    return attack(f"png: {name}", made, code, why=why)


def _file(*chunks: bytes) -> bytes:
    return b"".join((SIGNATURE, *chunks))


def _sizes() -> Iterator[Attack]:
    yield _as_first("60,000 x 60,000 pixels", lambda: _whole(60_000, 60_000), Code.FILE_TOO_LARGE)
    for name, height, width in (
        ("60,000 x 60,000 in the header", 60_000, 60_000),
        ("2^31 - 1 pixels squared", MAX, MAX),
        ("1 x 1 pixel", 1, 1),
        ("height and width have changed places", WIDTH, HEIGHT),
    ):
        yield _as_first(name, _file(header(height, width), pixel_chunks(STREAM), END), Code.WRONG_SIZE)
    yield _as_first("0 x 0 pixels", _file(header(0, 0), pixel_chunks(STREAM), END), NOT_WHOLE)
    yield _as_first("2^32 - 1 pixels squared", _file(header(2**32 - 1, 2**32 - 1), END), NOT_WHOLE)


def _whole(height: int, width: int) -> bytes:
    """All of it: one bit to a pixel, rows of zeros. Of 450 MB some 440 kB are left."""
    from hostile_zips import zeros

    size = height * (1 + (width + 7) // 8)
    stream = b"\x78\xda" + zeros(size) + bytes(4)
    return _file(header(height, width, 1), pixel_chunks(stream), END)


def _damaged() -> Iterator[Attack]:
    head, data = header(HEIGHT, WIDTH), pixel_chunks(STREAM)
    whole = mask()
    crc = bytearray(whole)
    crc[whole.index(b"IDAT") - 6] ^= 1  # of the header
    pixels = bytearray(whole)
    pixels[whole.index(b"IDAT") + 9] ^= 0xFF
    halves = chunk(b"IDAT", STREAM[:20]) + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", STREAM[20:])
    no_filter = compressed(b"".join(b"\x09" + row.tobytes() for row in PIXELS))
    for name, png in (
        ("checksum of the header", bytes(crc)),
        ("checksum of the pixels", bytes(pixels)),
        ("pixels cut off", _file(head, pixel_chunks(STREAM[:-20]), END)),
        ("file cut off", whole[:-30]),
        ("no end", _file(head, data)),
        ("no pixels", _file(head, END)),
        ("no header", _file(data, END)),
        ("two headers", _file(head, head, data, END)),
        ("pixels in two places", _file(head, halves, END)),
        ("unknown filter", _file(head, pixel_chunks(no_filter), END)),
        ("wrong checksum of the stream", _file(head, pixel_chunks(STREAM[:-1] + b"\0"), END)),
        ("chunk of 2^31 bytes", _file(head, struct.pack(">L", 1 << 31) + b"IDAT" + STREAM)),
        ("chunk that is longer than the file", _file(head, struct.pack(">L", 9999) + b"IDAT" + STREAM)),
        ("unknown chunk that must be known", _file(head, chunk(b"EVIL", b"x"), data, END)),
        ("of Apple's own kind", _file(chunk(b"CgBI", b"\0\0\0\0"), head, data, END)),
        ("chunk whose name is no text", _file(head, chunk(b"\0\1\2\3"), data, END)),
        ("interlaced in an unknown way", _file(header(HEIGHT, WIDTH, interlace=2), data, END)),
        ("unknown compression", _file(header(HEIGHT, WIDTH, rest=b"\1\0"), data, END)),
        ("empty file", b""),
        ("signature alone", SIGNATURE),
    ):
        yield _as_first(name, png, NOT_WHOLE)


def _bombs() -> Iterator[Attack]:
    from hostile_zips import zeros

    head, data = header(HEIGHT, WIDTH), pixel_chunks(STREAM)
    long = b"\x78\xda" + zeros(30 << 20) + bytes(4)
    yield _as_first("pixels that go on for 30 MB", _file(head, pixel_chunks(long), END), NOT_WHOLE)
    inside = compressed(png_files.raw_rows(PIXELS, (0,)) + bytes(60 << 20))
    yield _as_first("60 MB behind the last row", _file(head, pixel_chunks(inside), END), NOT_WHOLE)
    comment = chunk(b"tEXt", b"comment\0" + bytes(3 << 20))
    yield _as_first("comment of 3 MB", _file(head, comment, data, END), Code.FILE_TOO_LARGE)
    crowd = chunk(b"tEXt", b"a\0") * 300_000
    yield _as_first("300,000 chunks", _file(head, crowd, data, END), Code.FILE_TOO_LARGE)
    squeezed = b"a\0\0" + b"\x78\xda" + zeros(60 << 20) + bytes(4)
    for kind in (b"zTXt", b"iCCP"):
        yield _as_first(
            f"{kind.decode()} chunk of 60 MB in 60 kB",
            _file(head, chunk(kind, squeezed[:60_000]), data, END),
            None,
            why="nobody needs it, so nobody inflates it",
        )
    yield attack("png: every mask goes on behind its last row", _many, NOT_WHOLE, LARGE)


def _many() -> bytes:
    height, width, frames = LARGE_SIZE
    stream = compressed(bytes((width + 1) * height) + bytes(40 << 20), level=1)
    png = _file(header(height, width), pixel_chunks(stream), END)
    return archive(
        Entry(f"bear/{expression}/{frame:05d}.png".encode(), png)
        for expression in "01"
        for frame in range(frames)
    )


def _other_formats() -> Iterator[Attack]:
    picture = Image.fromarray(PIXELS)
    for name in ("JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        file = io.BytesIO()
        picture.save(file, name)
        yield _as_first(f"{name} called .png", file.getvalue(), NOT_WHOLE)
    cards = ("SIMPLE  =  T", "BITPIX  =  8", "NAXIS   =  2", "NAXIS1  = 60000", "NAXIS2  = 60000", "END")
    fits = "".join(f"{card:80}" for card in cards).encode()
    for name, content in (
        ("FITS", fits),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("PDF", b"%PDF-1.7\n"),
        ("script", b"#!/bin/sh\nrm -rf ~\n"),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ):
        yield _as_first(f"{name} called .png", content, NOT_WHOLE)


def _modes() -> Iterator[Attack]:
    for name, depth, colour, size in (
        ("RGB", 8, RGB, 3),
        ("RGB with alpha", 8, RGBA, 4),
        ("gray with alpha", 8, png_files.GRAY_ALPHA, 2),
        ("gray of 16 bits", 16, png_files.GRAY, 2),
        ("RGB with alpha of 16 bits", 16, RGBA, 8),
    ):
        rows = b"".join(b"\0" + bytes(WIDTH * size) for _ in range(HEIGHT))
        png = _file(header(HEIGHT, WIDTH, depth, colour), pixel_chunks(compressed(rows)), END)
        yield _as_first(name, png, Code.WRONG_MODE)
    noise = np.random.default_rng(0).bytes(HEIGHT * (1 + 8 * WIDTH))
    large = _file(header(HEIGHT, WIDTH, 16, RGBA), pixel_chunks(compressed(noise)), END)
    yield _as_first("photograph in RGB with alpha of 16 bits", large, Code.WRONG_MODE)

    head, data = header(HEIGHT, WIDTH, 8, PALETTE), pixel_chunks(STREAM)
    two = compressed(png_files.raw_rows(PIXELS // 255, (0,)))
    indexed = pixel_chunks(two)
    black = chunk(b"PLTE", bytes(6))
    dark = chunk(b"PLTE", bytes(3) + b"\0\0\1")
    yield _as_first(
        "palette in which everything is black", _file(head, black, indexed, END), Code.PALETTE_UNLIKE_GRAY
    )
    yield _as_first(
        "palette in which the mask is nearly black", _file(head, dark, indexed, END), Code.PALETTE_UNLIKE_GRAY
    )
    yield _as_first("palette that is too short", _file(head, dark, data, END), Code.PALETTE_UNLIKE_GRAY)
    yield _as_first("no palette", _file(head, indexed, END), NOT_WHOLE)
    yield _as_first("empty palette", _file(head, chunk(b"PLTE"), indexed, END), NOT_WHOLE)
    yield _as_first(
        "palette of 257 colours", _file(head, chunk(b"PLTE", bytes(771)), indexed, END), NOT_WHOLE
    )
    yield _as_first(
        "palette of a colour and a third", _file(head, chunk(b"PLTE", bytes(4)), indexed, END), NOT_WHOLE
    )
    yield _as_first("two palettes", _file(head, dark, dark, indexed, END), NOT_WHOLE)
    yield _as_first("palette behind the pixels", _file(head, indexed, dark, END), NOT_WHOLE)


def _readable() -> Iterator[Attack]:
    head, data = header(HEIGHT, WIDTH), pixel_chunks(STREAM)
    animation = chunk(b"acTL", struct.pack(">2L", 2, 0)), chunk(b"fcTL", bytes(26))
    frame = chunk(b"fdAT", bytes(4) + STREAM)
    yield _as_first(
        "APNG",
        _file(head, *animation, data, frame, END),
        None,
        why="the first picture, as who knows no animations",
    )
    yield _as_first(
        "script behind the end",
        _file(head, data, END) + b"<script>",
        None,
        why="a PNG ends with its last chunk, for every reader",
    )
    yield _as_first(
        "transparent in every pixel",
        _file(head, chunk(b"tRNS", b"\0\xff"), data, END),
        None,
        why="the values count, not how they look",
    )
    yield _as_first(
        "comment of 60 kB",
        _file(head, chunk(b"tEXt", b"a\0" + bytes(60_000)), data, END),
        None,
        why="it changes nothing",
    )
    yield _as_first(
        "empty chunks of pixels",
        _file(head, chunk(b"IDAT") * 50, data, chunk(b"IDAT"), END),
        None,
        why="allowed by the standard",
    )
