"""PNG files that hold the same masks in different ways."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import Encode, files, mask_case, refused, scored
from rvosbench.conformance.material import Material
from rvosbench.conformance.png_files import PALETTE, chunk, png
from rvosbench.errors import Code

Pixels = NDArray[np.uint8]

WHITE_ON_BLACK = bytes((0, 0, 0, 255, 255, 255)) + bytes(254 * 3)
BLACK_ON_WHITE = bytes((255, 255, 255, 0, 0, 0)) + bytes(254 * 3)
TWO_BLACKS = bytes(256 * 3)
_ANY = "Every value other than 0 is foreground."
_STANDARD = "A PNG file may be written in every way that its standard allows."


def cases(m: Material) -> Iterator[Case]:
    shifted = m.mevis.moved()
    scores = m.mevis.score(shifted)
    for name, title, encode, rule in (*_values(), *_ways()):
        content = files(m.mevis, shifted, encode)
        yield mask_case(
            f"encodings/{name}", title, m.mevis, content, scored(scores, rule, "docs/predictions.md")
        )
    yield mask_case(
        "encodings/palette-0-is-white",
        "A palette in which 0 is white and 1 is black",
        m.mevis,
        files(m.mevis, shifted, lambda mask: png(mask, colour_type=PALETTE, palette=BLACK_ON_WHITE)),
        refused(
            Code.PALETTE_UNLIKE_GRAY,
            rule="The official scripts read a palette as gray: the mask would be turned inside out.",
            page="docs/errors.md",
        ),
    )
    yield mask_case(
        "encodings/palette-all-black",
        "A palette in which 1 is as black as 0",
        m.mevis,
        files(m.mevis, shifted, lambda mask: png(mask, colour_type=PALETTE, palette=TWO_BLACKS)),
        refused(
            Code.PALETTE_UNLIKE_GRAY,
            rule="The official scripts read a palette as gray: the mask would vanish.",
            page="docs/errors.md",
        ),
    )
    yield mask_case(
        "encodings/palette-0-is-red",
        "A palette in which 0 is red and 1 is white",
        m.mevis,
        files(
            m.mevis,
            shifted,
            lambda mask: png(mask, colour_type=PALETTE, palette=b"\xff\0\0" + WHITE_ON_BLACK[3:]),
        ),
        scored(
            scores,
            "0 is background; the official scripts, which read gray, would see foreground, so one is told.",
            "docs/errors.md",
            warnings=[Code.PALETTE_UNLIKE_GRAY],
        ),
    )


def _values() -> Iterator[tuple[str, str, Encode, str]]:
    yield "gray-0-1", "8-bit gray with the values 0 and 1", png, _ANY
    yield "gray-0-200", "8-bit gray with the values 0 and 200", lambda mask: png(mask * np.uint8(200)), _ANY
    yield "gray-1-bit", "1-bit gray", lambda mask: png(mask, depth=1), _ANY
    yield "gray-2-bit", "2-bit gray, 0 and 3", lambda mask: png(mask * np.uint8(3), depth=2), _ANY
    yield "gray-4-bit", "4-bit gray, 0 and 9", lambda mask: png(mask * np.uint8(9), depth=4), _ANY
    for depth in (1, 2, 4, 8):
        yield f"palette-{depth}-bit", f"{depth}-bit palette, black and white", _palette(depth), _ANY


def _palette(depth: int) -> Encode:
    return lambda mask: png(mask, depth=depth, colour_type=PALETTE, palette=WHITE_ON_BLACK)


def _ways() -> Iterator[tuple[str, str, Encode, str]]:
    names = ("sub", "up", "average", "paeth")
    for kind, name in enumerate(names, 1):
        yield f"filter-{name}", f"Rows filtered by {name}", _gray(filters=(kind,)), _STANDARD
    yield "filters-in-turn", "Another filter for every row", _gray(filters=(4, 1, 3, 0, 2)), _STANDARD
    yield "interlaced", "Interlaced", _gray(interlace=1), _STANDARD
    yield "interlaced-1-bit", "Interlaced, 1-bit", lambda mask: png(mask, depth=1, interlace=1), _STANDARD
    yield "many-idat", "Pixels in chunks of three bytes", _gray(idat=3), _STANDARD
    yield "stored", "Pixels that are not compressed", _gray(level=0), _STANDARD
    yield "huffman-only", "Compressed without repetitions", _gray(strategy=zlib.Z_HUFFMAN_ONLY), _STANDARD
    extra = chunk(b"gAMA", (45455).to_bytes(4, "big")) + chunk(b"tEXt", b"Software\0a model")
    yield "ancillary-chunks", "A gamma and a comment beside the pixels", _gray(extra=extra), _STANDARD


def _gray(**options: object) -> Encode:
    return lambda mask: png(mask * np.uint8(255), **options)  # type: ignore[arg-type]
