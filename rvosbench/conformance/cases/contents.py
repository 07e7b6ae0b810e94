"""What masks show: the cases in which definitions of J, F and the means part ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import by_construction, empty_like, files, mask_case, scored
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.truth import Key, MaskTruth
from rvosbench.errors import Code

Predicted = dict[Key, list[Mask | None]]
_SUSPICIOUS = {
    "full-frames": [Code.CONSTANT_MASKS],
    "one-pixel": [Code.CONSTANT_MASKS],
    "corner-pixel": [Code.CONSTANT_MASKS],
    "swapped": [Code.GROUND_TRUTH_PREDICTED],
    "only-large-objects": [Code.EMPTY_MASKS],
    "no-target-full-frames": [Code.CONSTANT_MASKS],
    "no-target-fired": [Code.GROUND_TRUTH_PREDICTED],
    "no-target-fired-once": [Code.GROUND_TRUTH_PREDICTED],
}
Row = Iterator[tuple[str, str, Predicted, str]]
Change = Callable[[Mask, int], Mask]
"""What becomes of the target of a frame."""


def cases(m: Material) -> Iterator[Case]:
    yield from _nothing(m.mevis, "all-empty")
    yield from _nothing(m.mevis_v2, "no-target-all-empty")
    for truth, rows in ((m.mevis, _with_target(m.mevis)), (m.mevis_v2, _without_target(m.mevis_v2))):
        for name, title, predicted, rule in rows:
            answer = scored(truth.score(predicted), rule, warnings=_SUSPICIOUS.get(name, ()))
            yield mask_case(f"contents/{name}", title, truth, files(truth, predicted), answer)


def _with_target(truth: MaskTruth) -> Row:
    yield from (
        (
            "full-frames",
            "Every pixel of every frame",
            filled(truth),
            "The edge of the image is no outline, so a mask that fills it has none.",
        ),
        (
            "inverted",
            "Everything but the target",
            _changed(truth, lambda mask, _: ~mask),
            "A mask and its inverse share every outline: F is 1 where J is 0.",
        ),
        (
            "one-pixel",
            "One pixel in every frame",
            _changed(truth, lambda mask, _: _pixel(mask, 30, 40)),
            "A single pixel has an outline of four.",
        ),
        (
            "corner-pixel",
            "The last pixel of every frame",
            _changed(truth, lambda mask, _: _pixel(mask, -1, -1)),
            "The outline lies to the right and below; in the last corner three pixels of it are left.",
        ),
        (
            "first-frame-only",
            "The target in the first frame, nothing later",
            _changed(truth, lambda mask, frame: mask if frame == 0 else np.zeros_like(mask)),
            "All frames count, also the first and the last; decay compares quarters of them.",
        ),
        (
            "last-frame-wrong",
            "The target, but for the last frame, which is full",
            _changed(truth, lambda mask, frame: mask if frame < 7 else np.ones_like(mask)),
            "All frames count, also the first and the last.",
        ),
        (
            "first-frame-wrong",
            "The target, but for the first frame, which is empty",
            _changed(truth, lambda mask, frame: mask if frame else np.zeros_like(mask)),
            "All frames count, also the first and the last.",
        ),
        (
            "late",
            "Every mask a frame late",
            _late(truth),
            "Frames are compared with the frame of the same name.",
        ),
        (
            "swapped",
            "The masks of two expressions of a video exchanged",
            _swapped(truth),
            "Nothing is matched: an expression is scored against its own target.",
        ),
        (
            "only-large-objects",
            "Nothing for the expressions with the smaller targets",
            _large_only(truth),
            "Every expression counts the same, however large its target is.",
        ),
    )


def _without_target(truth: MaskTruth) -> Row:
    yield from (
        (
            "no-target-full-frames",
            "Every pixel of every frame",
            filled(truth),
            "The edge of the image is no outline, so a mask that fills it has none: against an empty target "
            "J is 0 and F is 1.",
        ),
        (
            "no-target-fired",
            "Perfect, but for a box where sentences mean nothing",
            _fired(truth, range(8)),
            "A sentence without target is answered by nothing only if every frame is empty; J and F of a "
            "box are 0.",
        ),
        (
            "no-target-fired-once",
            "The same in a single frame",
            _fired(truth, range(3, 4)),
            "One mask in one frame is a wrong answer for N-acc; J and F lose that frame alone.",
        ),
        (
            "no-target-one-pixel",
            "Nothing, but for one pixel in one frame of every sentence",
            _changed(truth, lambda mask, frame: _pixel(mask, 0, 0) if frame == 0 else np.zeros_like(mask)),
            "A single pixel anywhere is an answer, right for T-acc and wrong for N-acc.",
        ),
    )


def _nothing(truth: MaskTruth, name: str) -> Iterator[Case]:
    """What an empty submission scores can be counted: 1 for each frame without target, else 0."""
    nothing = empty_like(truth.perfect())
    per_unit = {
        (clip.name, key): np.mean([not mask.any() for mask in masks])
        for clip in truth.clips
        for key, masks in clip.targets.items()
    }
    missed = [
        (clip.name, key) for clip in truth.clips for key in clip.targets if key not in clip.without_target
    ]
    every = float(np.mean(list(per_unit.values())))
    scores = {"J&F": every, "J": every, "F": every}
    if truth.no_target:
        targeted = float(np.mean([per_unit[key] for key in missed]))
        scores |= {"N-acc": 1.0, "T-acc": 0.0, "J&F_targeted": targeted, "final": (every + 1.0) / 3}
    yield mask_case(
        f"contents/{name}",
        "An empty mask in every frame",
        truth,
        files(truth, nothing),
        by_construction(
            scores,
            "Empty against empty is right, J = F = 1, and empty against a target is wrong, J = F = 0.",
            warnings=[Code.EMPTY_MASKS],
        ),
    )


def filled(truth: MaskTruth) -> Predicted:
    return _changed(truth, lambda mask, _: np.ones_like(mask))


def _changed(truth: MaskTruth, change: Change) -> Predicted:
    return {
        key: [change(mask, frame) for frame, mask in enumerate(masks) if mask is not None]
        for key, masks in truth.perfect().items()
    }


def _pixel(mask: Mask, row: int, column: int) -> Mask:
    found = np.zeros_like(mask)
    found[row, column] = True
    return found


def _fired(truth: MaskTruth, frames: range) -> Predicted:
    predicted = truth.perfect()
    for clip in truth.clips:
        for key in clip.without_target:
            for frame in frames:
                box = np.zeros(clip.size, np.bool_)
                box[10:30, 10:40] = True
                predicted[clip.name, key][frame] = box
    return predicted


def _late(truth: MaskTruth) -> Predicted:
    return {key: [masks[0], *masks[:-1]] for key, masks in truth.perfect().items()}


def _swapped(truth: MaskTruth) -> Predicted:
    predicted = truth.perfect()
    for clip in truth.clips:
        one, other = [key for key in clip.targets if key not in clip.without_target][:2]
        predicted[clip.name, one], predicted[clip.name, other] = (
            predicted[clip.name, other],
            predicted[clip.name, one],
        )
    return predicted


def _large_only(truth: MaskTruth) -> Predicted:
    predicted = truth.perfect()
    for clip in truth.clips:
        for key, masks in clip.targets.items():
            if masks.sum() < 8 * 150:
                predicted[clip.name, key] = [np.zeros_like(mask) for mask in masks]
    return predicted
