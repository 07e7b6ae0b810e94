"""What is not there is neither empty nor left out of the mean: it is refused, or scores 0 if one asks for it.

`deletions` takes from poor submissions just what pulls their score down. A scorer that leaves out what is
missing, or takes it for empty, would reward that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rvosbench.conformance.case import Answer, Case, Form, Submission
from rvosbench.conformance.cases.making import (
    EVALUATE,
    PREDICTIONS,
    files,
    label_files,
    mask_case,
    refused,
    scored,
    zip_of,
)
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.truth import Key, MaskTruth
from rvosbench.errors import Code

Deleted = Callable[[Key, int], bool]
_RULE = "A missing unit is a failure, not an empty mask: nothing is scored, and all that is missing is named."


def cases(m: Material) -> Iterator[Case]:
    truth = m.mevis
    first, last = truth.clips[0], truth.clips[-1]
    for name, title, deleted in (
        (
            "one-frame",
            "One frame of one expression",
            lambda key, frame: key == (first.name, "0") and frame == 4,
        ),
        ("first-frame", "The first frame of every expression", lambda _, frame: frame == 0),
        ("last-frame", "The last frame of every expression", lambda _, frame: frame == len(first.stems) - 1),
        ("every-other-frame", "Every other frame", lambda _, frame: frame % 2 == 1),
        ("one-expression", "One expression", lambda key, _: key == (first.name, "1")),
        ("one-video", "One of the two videos", lambda key, _: key[0] == last.name),
    ):
        content = files(truth, without(truth.perfect(), deleted))
        yield mask_case(f"missing/{name}", f"{title} is not there", truth, content, _refused())
    v2 = m.mevis_v2
    nothing = {(clip.name, key) for clip in v2.clips for key in clip.without_target}
    content = files(v2, without(v2.perfect(), lambda key, _: key in nothing))
    title = "The expressions that mean nothing are not there"
    yield mask_case("missing/no-target-expressions", title, v2, content, _refused())
    perfect = files(truth, truth.perfect())
    hollow = {path: png for path, png in perfect.items() if not path.startswith(f"{last.name}/1/")}
    yield mask_case(
        "missing/empty-folder",
        "The folder of one expression is empty",
        truth,
        hollow | {f"{last.name}/1/": b""},
        _refused(),
    )
    nowhere = refused(Code.NOT_PREDICTIONS, rule="Where nothing fits there is no score, not even 0.")
    yield mask_case("missing/everything", "An empty folder", truth, {}, nowhere)
    yield mask_case("missing/everything-zip", "A zip without files", truth, zip_of({}), nowhere)
    yield mask_case(
        "missing/contents",
        "A file without contents",
        truth,
        perfect | {f"{first.name}/0/00003.png": b""},
        refused(Code.UNREADABLE_FILE, rule="A file that cannot be read is refused; it is not an empty mask."),
    )
    labels = label_files(m.davis, m.davis.perfect())
    yield mask_case(
        "missing/one-annotator",
        "Ref-DAVIS17 with three of the four annotators",
        m.davis,
        {path: png for path, png in labels.items() if not path.startswith("anno_3/")},
        _refused(),
    )
    yield mask_case(
        "missing/one-label-map",
        "Ref-DAVIS17 without one label map",
        m.davis,
        {path: png for path, png in labels.items() if path != f"anno_0/{m.davis.clips[0].name}/00000.png"},
        _refused(),
    )
    yield from _nothing_there(m)


def _nothing_there(m: Material) -> Iterator[Case]:
    for name, title, content in (
        ("not-a-zip", "A text file called predictions.zip", b"Dear server, please find attached\n"),
        ("gzip", "A gzip file called predictions.zip", b"\x1f\x8b\x08" + bytes(30)),
        ("empty-file", "An empty file called predictions.zip", b""),
    ):
        yield mask_case(
            f"missing/{name}",
            title,
            m.mevis,
            Submission(Form.OTHER, "predictions.zip", content),
            refused(
                Code.NOT_PREDICTIONS,
                rule="What is not understood is refused, not scored 0.",
                page=PREDICTIONS,
            ),
        )


def deletions(m: Material) -> Iterator[Case]:
    truth = m.mevis_v2
    for base, title, masks in (
        ("moved", "Two pixels off", truth.moved()),
        ("fired", "Something in every frame", fired(truth)),
    ):
        full = files(truth, masks)
        yield mask_case(
            f"deletions/{base}",
            f"{title}, all of it there",
            truth,
            full,
            scored(truth.score(masks), "Nothing is missing, so asking for 0 changes nothing.", EVALUATE),
            missing="zero",
        )
        for name, part, deleted in _deletions(truth, masks):
            left = without(masks, deleted)
            yield mask_case(
                f"deletions/{base}-without-{name}",
                f"{title}; {part}",
                truth,
                files(truth, left),
                scored(
                    truth.score(left),
                    "Each missing frame scores J = F = 0, also where nothing is to be seen; a sentence of "
                    "which a frame is missing is answered wrongly.",
                    EVALUATE,
                    warnings=[Code.MISSING_PREDICTION],
                ),
                missing="zero",
                below=f"deletions/{base}",
                validate=_refused(),
            )


def _deletions(
    truth: MaskTruth, masks: Mapping[Key, list[Mask | None]]
) -> Iterator[tuple[str, str, Deleted]]:
    scores = {
        (key, frame): sum(truth.oracle.frame(truth.clip(key[0]).targets[key[1]][frame], mask))
        for key, of_frames in masks.items()
        for frame, mask in enumerate(of_frames)
        if mask is not None
    }
    means = {key: sum(score for (one, _), score in scores.items() if one == key) for key in masks}
    worst_frame = min(scores, key=lambda place: (scores[place], place))
    worst = min(means, key=lambda key: (means[key], key))
    worst_clip = min(truth.clips, key=lambda clip: sum(means[clip.name, key] for key in clip.targets))
    unseen = {(key, frame) for key, frame in scores if not truth.clip(key[0]).targets[key[1]][frame].any()}
    nothing = {(clip.name, key) for clip in truth.clips for key in clip.without_target}
    yield "its-worst-frame", "the worst frame deleted", lambda key, frame: (key, frame) == worst_frame
    yield "its-worst-expression", "the worst expression deleted", lambda key, _: key == worst
    yield "its-worst-video", "the worse video deleted", lambda key, _: key[0] == worst_clip.name
    yield "unseen-frames", "frames without target deleted", lambda key, frame: (key, frame) in unseen
    yield "no-target", "sentences that mean nothing deleted", lambda key, _: key in nothing


def fired(truth: MaskTruth) -> dict[Key, list[Mask | None]]:
    """The moved mask where there is one; where nothing is to be seen, a box."""
    boxed = truth.moved()
    for masks in boxed.values():
        for frame, mask in enumerate(masks):
            if mask is not None and not mask.any():
                box = mask.copy()
                box[5:15, 5:25] = True
                masks[frame] = box
    return boxed


def without(masks: Mapping[Key, list[Mask | None]], deleted: Deleted) -> dict[Key, list[Mask | None]]:
    return {
        key: [None if deleted(key, frame) else mask for frame, mask in enumerate(of_frames)]
        for key, of_frames in masks.items()
    }


def _refused() -> Answer:
    return refused(Code.MISSING_PREDICTION, rule=_RULE, page=EVALUATE)
