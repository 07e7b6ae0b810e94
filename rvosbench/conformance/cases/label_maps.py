"""Ref-DAVIS17: proposals that are matched to objects, and a void that counts nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.forms import PERFECT
from rvosbench.conformance.cases.making import (
    PROTOCOLS,
    by_construction,
    label_files,
    mask_case,
    refused,
    scored,
)
from rvosbench.conformance.material import Material
from rvosbench.conformance.truth import VOID, LabelClip, Labels, LabelTruth
from rvosbench.errors import Code

Change = Callable[[LabelClip, Labels, int], Labels]
"""The label maps of a video for one annotator, from the right ones."""

_MATCHED = (
    "Proposals are matched to objects so that the sum of (J+F)/2 is the greatest: numbers are only names."
)
_UNMATCHED = "Nothing is matched before it is scored, so nobody sees yet how good it is."
_SUSPICIOUS = {"all-empty": [Code.EMPTY_MASKS]}
_VOID = "Pixels of the void count nowhere, neither for nor against."


def cases(m: Material) -> Iterator[Case]:
    truth = m.davis
    right = (
        ("swapped", "Two objects with each other's numbers", _renumbered({1: 2, 2: 1}), _MATCHED),
        ("rotated", "All numbers one further", _renumbered({1: 2, 2: 3, 3: 1}), _MATCHED),
        ("numbers-with-gaps", "The numbers 5, 3 and 6", _renumbered({1: 5, 2: 3, 3: 6}), _MATCHED),
        ("void-filled", "The void given to object 1", _in_void(1), _VOID),
        ("void-proposal", "A proposal of its own in the void", _in_void(4), _VOID),
    )
    for name, title, change, rule in right:
        predicted = _changed(truth, change)
        yield mask_case(
            f"label-maps/{name}",
            title,
            truth,
            label_files(truth, predicted),
            by_construction(PERFECT, rule, warnings=[Code.GROUND_TRUTH_PREDICTED]),
            validate=by_construction(PERFECT, _UNMATCHED),
        )
    for name, title, change, rule in (
        ("moved", "Every object two pixels to the right and down", _moved, _MATCHED),
        (
            "annotators-differ",
            "Another error for every annotator",
            _shrunk,
            "Each annotator is scored alone, and the four figures are averaged.",
        ),
        (
            "one-object-empty",
            "Object 2 is nowhere",
            _renumbered({2: 0}),
            "What no proposal is matched to scores against nothing.",
        ),
        (
            "all-empty",
            "No labels at all",
            _renumbered({1: 0, 2: 0, 3: 0}),
            "What no proposal is matched to scores against nothing.",
        ),
        (
            "extra-proposals",
            "Two boxes more than there are objects",
            _boxes,
            "A proposal that matches nothing costs nothing but the pixels it takes.",
        ),
        (
            "six-labels",
            "Object 1 cut into four proposals",
            _cut,
            "An object has one proposal; the best of its parts counts.",
        ),
        (
            "two-objects-in-one",
            "Objects 1 and 2 under one number",
            _renumbered({2: 1}),
            "A proposal is matched to one object.",
        ),
        (
            "swapped-midway",
            "Two objects exchange numbers in the middle",
            _midway,
            "A proposal is matched for the whole video, not frame by frame.",
        ),
    ):
        predicted = _changed(truth, change)
        yield mask_case(
            f"label-maps/{name}",
            title,
            truth,
            label_files(truth, predicted),
            scored(truth.score(predicted), rule, warnings=_SUSPICIOUS.get(name, ())),
        )
    for label in (21, 255):
        predicted = _changed(truth, _dot(label))
        yield mask_case(
            f"label-maps/label-{label}",
            f"One pixel of the label {label}",
            truth,
            label_files(truth, predicted),
            refused(
                Code.TOO_MANY_LABELS,
                rule="At most 20 proposals in a video, as in the DAVIS evaluation.",
                page=PROTOCOLS,
            ),
        )
    twenty = _changed(truth, _dot(20))
    without = _changed(truth, _dot(4))  # the same pixels under the next free number
    yield mask_case(
        "label-maps/label-20",
        "One pixel of the label 20, and none of 4 to 19",
        truth,
        label_files(truth, twenty),
        scored(
            truth.score(without),
            "Twenty proposals are allowed; labels that are not used are empty proposals.",
            warnings=[Code.GROUND_TRUTH_PREDICTED],
        ),
        validate=by_construction(PERFECT, _UNMATCHED),
    )


def _changed(truth: LabelTruth, change: Change) -> dict[tuple[int, str], Labels]:
    clips = {clip.name: clip for clip in truth.clips}
    return {
        (annotator, name): change(clips[name], labels, annotator).astype(np.uint8)
        for (annotator, name), labels in truth.perfect().items()
    }


def _renumbered(numbers: dict[int, int]) -> Change:
    table = np.arange(256, dtype=np.uint8)
    table[list(numbers)] = list(numbers.values())
    return lambda clip, labels, annotator: table[labels]


def _in_void(label: int) -> Change:
    return lambda clip, labels, annotator: np.where(clip.labels == VOID, label, labels)


def _dot(label: int) -> Change:
    def change(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
        changed = labels.copy()
        changed[:, 0, 0] = label
        return changed

    return change


def _moved(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
    changed = np.zeros_like(labels)
    changed[:, 2:, 2:] = labels[:, :-2, :-2]
    return changed


def _shrunk(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
    """Annotator k's objects lose k columns at their left."""
    changed = labels.copy()
    for _ in range(annotator):
        edge = (changed[:, :, 1:] != changed[:, :, :-1]) & (changed[:, :, 1:] != 0)
        changed[:, :, 1:][edge] = 0
    return changed


def _boxes(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
    changed = labels.copy()
    changed[:, :8, :12] = 4
    changed[:, -8:, -12:] = 5
    return changed


def _cut(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
    changed = labels.copy()
    rows = np.arange(labels.shape[1])[None, :, None] // 4 % 4
    return np.where((changed == 1) & (rows > 0), rows + 3, changed)


def _midway(clip: LabelClip, labels: Labels, annotator: int) -> Labels:
    half = len(labels) // 2
    return np.concatenate([labels[:half], _renumbered({1: 2, 2: 1})(clip, labels[half:], annotator)])
