"""PNG files that are damaged, or made to hurt who reads them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from rvosbench.conformance import png_files
from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import files, mask_case, refused, scored
from rvosbench.conformance.material import Material
from rvosbench.conformance.png_files import SIGNATURE, Pixels, chunk, compressed, header, pixel_chunks, png
from rvosbench.errors import Code

_WHOLE = "A file that is not a whole PNG is refused: what can be read of it is not what was written."
Made = Iterator[tuple[str, str, bytes, Code, str]]


def cases(m: Material) -> Iterator[Case]:
    truth = m.mevis
    content = files(truth, truth.perfect())
    first = truth.clips[0]
    path, mask = (
        f"{first.name}/0/{first.stems[0]}.png",
        first.targets["0"][0].astype(np.uint8) * np.uint8(255),
    )
    for name, title, made, code, rule in (*_damaged(mask), *_hurtful(mask)):
        yield mask_case(f"images/{name}", title, truth, content | {path: made}, refused(code, rule=rule))
    animated = _animated(mask)
    yield mask_case(
        "images/apng",
        "An animation: the mask, and a frame after it that is full",
        truth,
        content | {path: animated},
        scored(
            truth.score(truth.perfect()),
            "Who knows nothing of animations sees the first picture, and that is the mask.",
            warnings=[Code.GROUND_TRUTH_PREDICTED],
        ),
    )


def _parts(mask: Pixels) -> tuple[bytes, bytes, bytes]:
    """Header, stream and end."""
    stream = compressed(png_files.raw_rows(mask, (0,)))
    return header(mask.shape[0], mask.shape[1]), stream, chunk(b"IEND")


def _damaged(mask: Pixels) -> Made:
    head, stream, end = _parts(mask)
    whole = png(mask)
    wrong = bytearray(whole)
    wrong[whole.index(b"IDAT") + 8] ^= 0xFF
    short = compressed(png_files.raw_rows(mask[:-8], (0,)))
    bad_filter = compressed(b"".join(b"\x07" + row.tobytes() for row in mask))
    adler = stream[:-4] + bytes(4)
    palette = (
        SIGNATURE + header(mask.shape[0], mask.shape[1], 8, png_files.PALETTE) + pixel_chunks(stream) + end
    )
    for name, title, made in (
        ("cut-off", "A file that was cut off", whole[: len(whole) * 2 // 3]),
        ("checksum", "A chunk whose checksum is wrong", bytes(wrong)),
        ("no-end", "A file without its last chunk", SIGNATURE + head + pixel_chunks(stream)),
        ("no-pixels", "A file without pixels", SIGNATURE + head + end),
        ("rows-missing", "Pixels that end eight rows early", SIGNATURE + head + pixel_chunks(short) + end),
        (
            "unknown-filter",
            "Rows with a filter that there is not",
            SIGNATURE + head + pixel_chunks(bad_filter) + end,
        ),
        ("stream-checksum", "Pixels whose checksum is wrong", SIGNATURE + head + pixel_chunks(adler) + end),
        ("no-palette", "A palette image without a palette", palette),
        ("text", "Text that is called .png", b"404 page not found\n"),
        ("header-twice", "Two headers", SIGNATURE + head + head + pixel_chunks(stream) + end),
    ):
        yield name, title, made, Code.UNREADABLE_FILE, _WHOLE


def _hurtful(mask: Pixels) -> Made:
    end = chunk(b"IEND")
    huge = SIGNATURE + header(60_000, 60_000, 1) + pixel_chunks(compressed(bytes(1000))) + end
    size = "The size is compared with that of the video before anything is decoded."
    yield "sixty-thousand-squared", "A header of 60000x60000 pixels", huge, Code.WRONG_SIZE, size
    nothing = SIGNATURE + header(0, 0) + pixel_chunks(compressed(b"")) + end
    yield "zero-pixels", "A header of 0x0 pixels", nothing, Code.UNREADABLE_FILE, _WHOLE
    long = compressed(png_files.raw_rows(mask, (0,)) + bytes(40_000_000))
    rule = "Pixels that go on behind the image are not inflated any further."
    yield (
        "pixel-bomb",
        "Pixels that go on for 40 MB",
        png_files.with_stream(mask.shape[0], mask.shape[1], long),
        Code.UNREADABLE_FILE,
        rule,
    )
    text = chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(40_000_000), 9))
    rule = "A file is no larger than a mask of its video can be, with some room for comments."
    padding = chunk(b"tEXt", b"padding\0" + b"x" * 2_000_000)
    yield (
        "huge-comment",
        "Two megabytes of comment",
        png(mask, extra=padding + text),
        Code.FILE_TOO_LARGE,
        rule,
    )


def _animated(mask: Pixels) -> bytes:
    full = np.full_like(mask, 255)
    height, width = mask.shape

    def control(number: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">5L2H2B", number, width, height, 0, 0, 1, 10, 0, 0))

    later = compressed(png_files.raw_rows(full, (0,)))
    head, stream, end = _parts(mask)
    return b"".join(
        (
            SIGNATURE,
            head,
            chunk(b"acTL", struct.pack(">2L", 2, 0)),
            control(0),
            pixel_chunks(stream),
            control(1),
            chunk(b"fdAT", struct.pack(">L", 2) + later),
            end,
        )
    )
