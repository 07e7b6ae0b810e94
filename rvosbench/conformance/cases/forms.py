"""The forms in which predictions come: the same masks score the same in every one of them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np

from rvosbench.conformance import zip_files
from rvosbench.conformance.case import Case, Form, Submission
from rvosbench.conformance.cases import samples
from rvosbench.conformance.cases.making import (
    PREDICTIONS,
    by_construction,
    entries,
    files,
    label_files,
    mask_case,
    palette,
    scored,
    zip_of,
    zipped,
)
from rvosbench.conformance.material import Material
from rvosbench.conformance.oracle import Mask
from rvosbench.conformance.png_files import png
from rvosbench.conformance.truth import ANNOTATORS, LabelTruth, MaskTruth, Predicted, moved
from rvosbench.conformance.zip_files import DEFLATED
from rvosbench.errors import Code

PERFECT = {"J&F": 1.0, "J": 1.0, "F": 1.0, "J_recall": 1.0, "F_recall": 1.0, "J_decay": 0.0, "F_decay": 0.0}
PERFECT_MEVIS_V2 = PERFECT | {"N-acc": 1.0, "T-acc": 1.0, "final": 1.0, "J&F_targeted": 1.0}
_SAME = "The same masks score the same, whatever they are packed in."


def cases(m: Material) -> Iterator[Case]:
    yield from _trees(m.mevis)
    yield mask_case(
        "forms/mevis-v2-perfect",
        "MeViS v2, where some sentences mean nothing: the ground truth itself",
        m.mevis_v2,
        files(m.mevis_v2, m.mevis_v2.perfect()),
        by_construction(
            PERFECT_MEVIS_V2,
            "A sentence that means nothing is answered by empty masks.",
            warnings=[Code.GROUND_TRUTH_PREDICTED],
        ),
    )
    yield from _zips(m.mevis)
    yield from _tables(m.mevis)
    yield from _youtube(m.youtube)
    yield from _labels(m.davis)
    yield from samples.forms(m)


def _trees(truth: MaskTruth) -> Iterator[Case]:
    yield mask_case(
        "forms/folder-perfect",
        "A folder with the ground truth itself",
        truth,
        files(truth, truth.perfect()),
        by_construction(
            PERFECT,
            "Where every mask is the target, every figure is at its best.",
            warnings=[Code.GROUND_TRUTH_PREDICTED],
        ),
    )
    shifted = truth.moved()
    yield mask_case(
        "forms/folder-moved",
        "A folder with every mask two pixels to the right and down",
        truth,
        files(truth, shifted),
        scored(truth.score(shifted), "J and F are means over all frames, then over all expressions."),
    )
    yield mask_case(
        "forms/folder-palette",
        "Masks as palette PNG files in the colours of DAVIS",
        truth,
        files(truth, shifted, palette),
        scored(truth.score(shifted), "A value other than 0 is foreground, in a palette as in gray."),
    )


def _zips(truth: MaskTruth) -> Iterator[Case]:
    shifted = truth.moved()
    content, answer = files(truth, shifted), scored(truth.score(shifted), _SAME, PREDICTIONS)
    folders = {f"{clip.name}/{key}/": b"" for clip in truth.clips for key in clip.targets}
    turned = dict(reversed(content.items()))
    for name, title, archive in (
        ("zip-stored", "A zip that does not compress", zipped(content)),
        ("zip-deflated", "A zip that compresses with deflate", zipped(content, DEFLATED)),
        ("zip-with-folders", "A zip that lists its folders too", zipped(folders | content)),
        ("zip-backwards", "A zip whose files come in the opposite order", zipped(turned)),
        ("zip-comment", "A zip with a comment", zip_files.archive(entries(content), comment=b"by hand")),
        ("zip-sizes-follow", "A zip written to a pipe, sizes after the files", zip_files.piped(content)),
        ("zip-zip64", "A zip with the fields of Zip64", zip_files.zip64(content)),
    ):
        yield mask_case(f"forms/{name}", title, truth, zip_of(archive), answer)


def _tables(truth: MaskTruth) -> Iterator[Case]:
    shifted = truth.moved()
    rows = [
        (clip.name, key, stem, mask)
        for clip in truth.clips
        for key in clip.targets
        for stem, mask in zip(clip.stems, shifted[clip.name, key], strict=True)
        if mask is not None
    ]
    answer = scored(truth.score(shifted), _SAME, PREDICTIONS)
    for name, title, order in (
        ("table", "A Parquet table of run lengths", rows),
        ("table-unsorted", "A Parquet table whose rows come in no order", rows[::-7] + _rest(rows)),
    ):
        table = Submission(Form.TABLE, "predictions.parquet", parquet(order))
        yield mask_case(f"forms/{name}", title, truth, table, answer)


def _rest(rows: Sequence[tuple[str, str, str, Mask]]) -> list[tuple[str, str, str, Mask]]:
    taken = set(range(len(rows))[::-7])
    return [row for place, row in enumerate(rows) if place not in taken]


def parquet(rows: Sequence[tuple[str, str, str, Mask]]) -> bytes:
    """Video, expression, frame and mask: the table that docs/predictions.md describes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sizes = [row[3].shape for row in rows]
    columns = {
        "video": pa.array([row[0] for row in rows], pa.string()),
        "expression": pa.array([row[1] for row in rows], pa.string()),
        "frame": pa.array([row[2] for row in rows], pa.string()),
        "query": pa.array([0] * len(rows), pa.int16()),
        "score": pa.array([1.0] * len(rows), pa.float32()),
        "height": pa.array([size[0] for size in sizes], pa.int32()),
        "width": pa.array([size[1] for size in sizes], pa.int32()),
        "counts": pa.array([samples.counts(row[3]) for row in rows], pa.binary()),
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="none")
    return file.getvalue()


def _youtube(truth: MaskTruth) -> Iterator[Case]:
    shifted = truth.moved(1)
    yield mask_case(
        "forms/ref-youtube-vos",
        "Ref-YouTube-VOS, every fifth frame, of which one video begins at 00015",
        truth,
        files(truth, shifted),
        scored(truth.score(shifted), "The annotated frames are scored, under the names they have."),
    )


def _labels(truth: LabelTruth) -> Iterator[Case]:
    perfect = truth.perfect()
    best = by_construction(
        PERFECT,
        "Where every object is right outside the void, every figure is at its best.",
        warnings=[Code.GROUND_TRUTH_PREDICTED],
    )
    yield mask_case(
        "forms/davis-palette",
        "Ref-DAVIS17: label maps as palette PNG files",
        truth,
        label_files(truth, perfect),
        best,
    )
    yield mask_case(
        "forms/davis-gray-zip",
        "Ref-DAVIS17: label maps as gray PNG files in a zip",
        truth,
        zip_of(label_files(truth, perfect, png), Form.LABELS_ZIP),
        best,
    )
    masks, merged = _per_expression(truth)
    answer = scored(
        truth.score(merged),
        "Masks of single expressions are merged, the k-th object being label k; where they overlap, the "
        "lower label keeps the pixel.",
    )
    names = {clip.name: clip for clip in truth.clips}
    content = {
        f"{video}/{expression}/{stem}.png": png(np.asarray(mask, np.uint8) * np.uint8(255))
        for (video, expression), of_frames in masks.items()
        for stem, mask in zip(names[video].stems, of_frames, strict=True)
    }
    yield mask_case(
        "forms/davis-masks",
        "Ref-DAVIS17: one mask for each expression, some of which overlap",
        truth,
        Submission(Form.MASKS, "predictions", content),
        answer,
    )


def _per_expression(truth: LabelTruth) -> tuple[Predicted, dict[tuple[int, str], np.ndarray]]:
    """Expression 4k+a is what annotator a says of the k-th object. Each mask is moved by as many pixels as
    its annotator has, so that masks overlap and the four figures differ."""
    masks: dict[tuple[str, str], list[Mask | None]] = {}
    merged = {}
    for clip in truth.clips:
        for annotator in ANNOTATORS:
            labels = np.zeros_like(clip.labels)
            for place, thing in reversed(list(enumerate(clip.spoken))):
                true = clip.labels == thing
                drawn = [mask if not annotator else moved(mask, annotator) for mask in true]
                masks[clip.name, str(4 * place + annotator)] = list(drawn)
                labels[np.stack(drawn)] = place + 1
            merged[annotator, clip.name] = labels
    return masks, merged
