"""Images of another size, mode or kind."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rvosbench.conformance import png_files
from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import (
    PREDICTIONS,
    Encode,
    files,
    label_files,
    mask_case,
    palette,
    refused,
    scored,
)
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.truth import Key, MaskTruth
from rvosbench.errors import Code

Pixels = NDArray[np.uint8]
_SIZE = "Masks have the size of the video; no evaluator resizes, and guessing would hide a mistake."
_MODE = "A mask is one channel of at most 8 bits; of several channels nobody can say which one is meant."


def cases(m: Material) -> Iterator[Case]:
    truth, shifted = m.mevis, m.mevis.moved()
    for name, title, encode in _sizes():
        yield mask_case(
            f"sizes/{name}", title, truth, files(truth, shifted, encode), refused(Code.WRONG_SIZE, rule=_SIZE)
        )
    one = files(truth, shifted)
    first = truth.clips[0]
    small = png_files.png(np.zeros((first.size[0] // 2, first.size[1] // 2), np.uint8))
    yield mask_case(
        "sizes/one-frame",
        "One frame of half the size",
        truth,
        one | {f"{first.name}/0/00005.png": small},
        refused(Code.WRONG_SIZE, rule=_SIZE),
    )
    for name, title, encode in _modes():
        yield mask_case(
            f"sizes/{name}", title, truth, files(truth, shifted, encode), refused(Code.WRONG_MODE, rule=_MODE)
        )
    whole = refused(Code.UNREADABLE_FILE, rule="Masks are PNG files, whatever the name says.")
    for form in ("JPEG", "GIF", "BMP"):
        encode = _pillow(form)
        yield mask_case(
            f"sizes/{form.lower()}-in-disguise",
            f"{form} files called .png",
            truth,
            files(truth, shifted, encode),
            whole,
        )
    yield from _values(m)


def _sizes() -> Iterator[tuple[str, str, Encode]]:
    yield (
        "transposed",
        "Width and height have changed places",
        lambda mask: _png(np.ascontiguousarray(mask.T)),
    )
    yield (
        "model-size",
        "The size of the model instead of that of the video",
        lambda mask: _png(mask[::2, ::2]),
    )
    yield "doubled", "Twice the size", lambda mask: _png(np.kron(mask, np.ones((2, 2), np.uint8)))
    yield "a-column-more", "One column more", lambda mask: _png(np.pad(mask, ((0, 0), (0, 1))))
    yield "a-row-less", "One row less", lambda mask: _png(mask[:-1])


def _png(mask: Pixels) -> bytes:
    return png_files.png(np.ascontiguousarray(mask) * np.uint8(255))


def _modes() -> Iterator[tuple[str, str, Encode]]:
    yield "rgb", "Three channels", _channels(png_files.RGB, 3)
    yield "rgba", "Four channels", _channels(png_files.RGBA, 4)
    yield "gray-alpha", "Gray with alpha", _channels(png_files.GRAY_ALPHA, 2)
    yield (
        "16-bit",
        "16 bits",
        lambda mask: _wide(np.repeat(mask, 2, axis=1) * np.uint8(255), png_files.GRAY, 16),
    )


def _channels(colour_type: int, number: int) -> Encode:
    return lambda mask: _wide(np.repeat(mask, number, axis=1) * np.uint8(255), colour_type, 8)


def _wide(rows: Pixels, colour_type: int, depth: int) -> bytes:
    """Rows of bytes of which several make one pixel."""
    share = {png_files.RGB: 3, png_files.RGBA: 4, png_files.GRAY_ALPHA: 2, png_files.GRAY: depth // 8}[
        colour_type
    ]
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return (
        png_files.SIGNATURE
        + png_files.header(rows.shape[0], rows.shape[1] // share, depth, colour_type)
        + png_files.pixel_chunks(png_files.compressed(raw))
        + png_files.chunk(b"IEND")
    )


def _pillow(form: str) -> Encode:
    def encode(mask: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(mask * np.uint8(255)).save(file, form)
        return file.getvalue()

    return encode


def _values(m: Material) -> Iterator[Case]:
    truth = m.mevis
    grown, faint = _softened(truth)
    yield mask_case(
        "sizes/soft-masks",
        "Masks with a faint rim, as smooth resizing makes it",
        truth,
        files(truth, faint, png_files.png),
        scored(
            truth.score(grown),
            "Every value other than 0 is foreground, so the rim makes the mask larger; one is told.",
            PREDICTIONS,
            warnings=[Code.SOFT_MASK],
        ),
    )
    first = truth.clips[0]
    labels = {clip.name: clip.labels for clip in m.davis.clips}
    maps: dict[Key, list[Pixels]] = {}
    masks = truth.moved()
    for key in first.targets:
        shown = [np.where(of_frame == 255, 0, of_frame).astype(np.uint8) for of_frame in labels[first.name]]
        maps[first.name, key] = shown
        masks[first.name, key] = [one != 0 for one in shown]
    content = files(truth, masks) | {
        f"{first.name}/{key}/{stem}.png": palette(shown)
        for (_, key), of_frames in maps.items()
        for stem, shown in zip(first.stems, of_frames, strict=True)
    }
    yield mask_case(
        "sizes/label-maps-as-masks",
        "Label maps of all objects where the mask of one is wanted",
        truth,
        content,
        scored(
            truth.score(masks),
            "Every value other than 0 is foreground, so all objects together are the mask; one is told.",
            PREDICTIONS,
            warnings=[Code.LABEL_MAP],
        ),
    )
    davis = {
        place: np.where(labels > 0, 255, 0).astype(np.uint8) for place, labels in m.davis.perfect().items()
    }
    yield mask_case(
        "sizes/masks-as-label-maps",
        "Masks of 0 and 255 where label maps are wanted",
        m.davis,
        label_files(m.davis, davis, png_files.png),
        refused(
            Code.TOO_MANY_LABELS,
            rule="A label map has at most 20 proposals; 255 is none.",
            page="docs/protocols.md",
        ),
    )


def _softened(truth: MaskTruth) -> tuple[dict[Key, list[Mask | None]], dict[Key, list[Pixels]]]:
    """Moved masks with a rim of the value 3, as masks and as values."""
    grown: dict[Key, list[Mask | None]] = {}
    faint: dict[Key, list[Pixels]] = {}
    for key, masks in truth.moved().items():
        inner = [mask for mask in masks if mask is not None]
        wide = [_with_rim(mask) for mask in inner]
        grown[key] = list(wide)
        faint[key] = [
            np.where(mask, 255, rim * np.uint8(3)).astype(np.uint8)
            for mask, rim in zip(inner, wide, strict=True)
        ]
    return grown, faint


def _with_rim(mask: Mask) -> Mask:
    padded = np.pad(mask, 1)
    return padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
