"""What the groups have in common: masks as files, files as zips, and answers in the few shapes they have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rvosbench.conformance import png_files, zip_files
from rvosbench.conformance.case import Answer, Case, Form, Source, Submission, Verdict
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.truth import Key, LabelsPredicted, LabelTruth, MaskTruth
from rvosbench.errors import Code

PREDICTIONS, PROTOCOLS, EVALUATE = "docs/predictions.md", "docs/protocols.md", "docs/evaluate.md"
FOLDER = "predictions"  # the name of a folder of masks
# What is allowed and still suspicious; more than a few expressions must show it.
SUSPICION = {
    Code.EMPTY_MASKS: "Nothing is predicted for many of them, and one is told.",
    Code.CONSTANT_MASKS: "Most masks are the same in every frame, and one is told.",
    Code.GROUND_TRUTH_PREDICTED: "Most masks are the ground truth to the pixel, and one is told.",
    Code.EQUAL_SCORES: "All scores are equal, and one is told.",
}
Encode = Callable[[NDArray[np.uint8]], bytes]
"""An image of values as a file; a mask has the values 0 and 1."""
# The colours of DAVIS for the labels 0 to 7, and gray for the rest.
DAVIS_PALETTE = bytes.fromhex("000000800000008000808000000080800080008080808080") + bytes(
    value for gray in range(8, 256) for value in (gray, gray, gray)
)


def gray(mask: NDArray[np.uint8]) -> bytes:
    """8 bits, 0 and 255: what the servers ask for."""
    return png_files.png(mask * np.uint8(255))


def palette(labels: NDArray[np.uint8]) -> bytes:
    return png_files.png(labels, colour_type=png_files.PALETTE, palette=DAVIS_PALETTE)


class Encoded:
    """Each different mask once: most frames of a submission look like another one."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._known: dict[bytes, bytes] = {}

    def __call__(self, values: NDArray[np.generic]) -> bytes:
        pixels = values.astype(np.uint8)
        key = pixels.tobytes()
        if key not in self._known:
            self._known[key] = self._encode(pixels)
        return self._known[key]


def files(
    truth: MaskTruth,
    predicted: Mapping[Key, Sequence[NDArray[np.generic] | None]],
    encode: Encode = gray,
) -> dict[str, bytes]:
    """<video>/<expression>/<frame>.png; no file where the mask is None."""
    encoded = Encoded(encode)
    return {
        f"{clip.name}/{key}/{stem}.png": encoded(mask)
        for clip in truth.clips
        for key in clip.targets
        for stem, mask in zip(clip.stems, predicted[clip.name, key], strict=True)
        if mask is not None
    }


def label_files(truth: LabelTruth, predicted: LabelsPredicted, encode: Encode = palette) -> dict[str, bytes]:
    """anno_<0..3>/<video>/<frame>.png"""
    encoded = Encoded(encode)
    return {
        f"anno_{annotator}/{name}/{stem}.png": encoded(labels)
        for (annotator, name), maps in predicted.items()
        for clip in truth.clips
        if clip.name == name
        for stem, labels in zip(clip.stems, maps, strict=True)
    }


def under(folder: str, content: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{path}": file for path, file in content.items()}


def entries(content: Mapping[str, bytes], method: int = zip_files.STORED) -> list[zip_files.Entry]:
    """Files of a Unix system that everybody may read; names that end in a slash are folders."""
    return [
        zip_files.Entry(
            path.encode(),
            file,
            method=zip_files.STORED if path.endswith("/") else method,
            external=(0o040755 << 16 | 0x10) if path.endswith("/") else 0o100644 << 16,
        )
        for path, file in content.items()
    ]


def zipped(content: Mapping[str, bytes], method: int = zip_files.STORED) -> bytes:
    return zip_files.archive(entries(content, method))


def tree(content: Mapping[str, bytes], form: Form = Form.MASKS) -> Submission:
    return Submission(form, FOLDER, content)


def zip_of(content: Mapping[str, bytes] | bytes, form: Form = Form.MASKS_ZIP) -> Submission:
    archive = content if isinstance(content, bytes) else zipped(content)
    return Submission(form, f"{FOLDER}.zip", archive)


def refused(*codes: Code, rule: str, page: str = PREDICTIONS) -> Answer:
    return Answer(Verdict.REFUSE, Source.RULE, rule, page, codes)


def scored(
    scores: Mapping[str, float],
    rule: str,
    page: str = PROTOCOLS,
    *,
    warnings: Iterable[Code] = (),
    source: Source = Source.ORACLE,
) -> Answer:
    codes = tuple(warnings)
    rule = " ".join([rule, *(SUSPICION[code] for code in codes if code in SUSPICION)])
    return Answer(Verdict.WARN if codes else Verdict.ACCEPT, source, rule, page, codes, scores)


def by_construction(
    scores: Mapping[str, float], rule: str, page: str = PROTOCOLS, *, warnings: Iterable[Code] = ()
) -> Answer:
    return scored(scores, rule, page, warnings=warnings, source=Source.CONSTRUCTION)


def mask_case(
    identity: str,
    title: str,
    truth: MaskTruth | LabelTruth,
    submission: Submission | Mapping[str, bytes],
    answer: Answer,
    *,
    missing: str = "refuse",
    below: str | None = None,
    validate: Answer | None = None,
) -> Case:
    """A mapping is a folder of masks, or of label maps where the truth is."""
    if not isinstance(submission, Submission):
        submission = tree(submission, Form.MASKS if isinstance(truth, MaskTruth) else Form.LABELS)
    return Case(identity, title, truth.benchmark, submission, answer, missing, below, validate)


def empty_like(predicted: Mapping[Key, Sequence[Mask | None]]) -> dict[Key, list[Mask | None]]:
    return {
        key: [None if mask is None else np.zeros_like(mask) for mask in masks]
        for key, masks in predicted.items()
    }
