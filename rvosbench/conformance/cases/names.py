"""Names: what is around the predictions, beside them, and called otherwise than it should be."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from rvosbench.conformance.case import Case
from rvosbench.conformance.cases.making import (
    EVALUATE,
    PREDICTIONS,
    files,
    gray,
    label_files,
    mask_case,
    refused,
    scored,
    under,
    zip_of,
)
from rvosbench.conformance.material import Material
from rvosbench.conformance.truth import MaskTruth
from rvosbench.errors import Code

_WRAPPED = (
    "One folder around the predictions, and `Annotations` in it, are seen through; a server may not be."
)
_LEFT_BEHIND = "What an operating system leaves behind is no prediction and changes nothing."
_EXTRA = "What is not asked for changes nothing."
_BY_NAME = "Predictions are found by the ids of the release; what is called otherwise is missing."


def cases(m: Material) -> Iterator[Case]:
    truth = m.mevis
    yield from _around(m)
    yield from _beside(m)
    shifted = files(truth, truth.moved())
    first = truth.clips[0]
    missing, nothing = Code.MISSING_PREDICTION, Code.NOT_PREDICTIONS
    for name, title, renamed, codes in (
        (
            "frames-not-padded",
            "0.png instead of 00000.png",
            _stems(lambda stem: str(int(stem))),
            (missing, Code.FRAME_NAMES),
        ),
        (
            "frames-padded-more",
            "000000.png instead of 00000.png",
            _stems(lambda stem: f"0{stem}"),
            (missing, Code.FRAME_NAMES),
        ),
        (
            "frames-from-1",
            "Frames counted from 1",
            _stems(lambda stem: f"{int(stem) + 1:05d}"),
            (missing, Code.FRAME_NAMES),
        ),
        ("videos-in-capitals", "Names of videos in capital letters", _video(str.upper), (nothing,)),
        (
            "expressions-by-text",
            "Folders named by the text of the expression",
            _expression(lambda v, e: truth.clip(v).texts[e]),
            (nothing, Code.EXPRESSION_NAMES),
        ),
        (
            "expressions-from-1",
            "Expressions counted from 1",
            _expression(lambda _, e: str(int(e) + 1)),
            (missing, Code.EXPRESSION_NAMES),
        ),
        (
            "expressions-first",
            "<expression>/<video>/ instead of <video>/<expression>/",
            _turned,
            (nothing,),
        ),
        (
            "flat",
            "<video>_<expression>_<frame>.png in one folder",
            lambda path: path.replace("/", "_"),
            (nothing,),
        ),
        (
            "png-in-capitals",
            "Files called .PNG",
            lambda path: path.replace(".png", ".PNG"),
            (missing, Code.FRAME_NAMES),
        ),
    ):
        content = {renamed(path): png for path, png in shifted.items()}
        answer = refused(*codes, rule=_BY_NAME, page=EVALUATE)
        yield mask_case(f"names/{name}", title, truth, content, answer)
    pictures = {path.replace(".png", ".jpg"): _jpeg(truth) for path in shifted}
    yield mask_case(
        "names/jpg",
        "JPEG files called .jpg",
        truth,
        pictures,
        refused(missing, Code.FRAME_NAMES, rule="Masks are PNG files; JPEG changes values.", page=EVALUATE),
    )
    one = {
        path.replace(first.name, first.name.title()) if path.endswith("00003.png") else path: png
        for path, png in shifted.items()
    }
    yield mask_case(
        "names/one-frame-under-another-case",
        "One frame of a video under its name in other letters",
        truth,
        zip_of(one),
        refused(
            Code.DUPLICATE_PREDICTION,
            rule="Two names that differ only in case are one folder on some disks and two on others.",
        ),
        validate=refused(Code.DUPLICATE_PREDICTION, Code.MISSING_PREDICTION, rule=_BY_NAME, page=EVALUATE),
    )


def _stems(change: Callable[[str], str]) -> Callable[[str], str]:
    def renamed(path: str) -> str:
        folder, _, stem = path.removesuffix(".png").rpartition("/")
        return f"{folder}/{change(stem)}.png"

    return renamed


def _video(change: Callable[[str], str]) -> Callable[[str], str]:
    def renamed(path: str) -> str:
        video, rest = path.split("/", 1)
        return f"{change(video)}/{rest}"

    return renamed


def _expression(change: Callable[[str, str], str]) -> Callable[[str], str]:
    def renamed(path: str) -> str:
        video, expression, frame = path.split("/")
        return f"{video}/{change(video, expression)}/{frame}"

    return renamed


def _turned(path: str) -> str:
    video, expression, frame = path.split("/")
    return f"{expression}/{video}/{frame}"


def _jpeg(truth: MaskTruth) -> bytes:
    file = io.BytesIO()
    height, width = truth.clips[0].size
    Image.fromarray(np.zeros((height, width), np.uint8)).save(file, "JPEG")
    return file.getvalue()


def _around(m: Material) -> Iterator[Case]:
    truth = m.mevis
    shifted = files(truth, truth.moved())
    wrapped = scored(truth.score(truth.moved()), _WRAPPED, PREDICTIONS, warnings=[Code.WRAPPING_FOLDER])
    for name, title, folder in (
        ("wrapping-folder", "One folder around the videos", "my-model"),
        ("annotations-folder", "`Annotations/` around the videos", "Annotations"),
        ("two-folders", "`my-model/Annotations/` around the videos", "my-model/Annotations"),
    ):
        yield mask_case(f"names/{name}", title, truth, zip_of(under(folder, shifted)), wrapped)
    yield mask_case(
        "names/four-folders",
        "Four folders around the videos",
        truth,
        zip_of(under("home/me/results/my-model", shifted)),
        refused(
            Code.NOT_PREDICTIONS,
            Code.PREDICTIONS_BELOW,
            rule="Nobody searches for predictions: they begin near the top.",
        ),
    )
    youtube = files(m.youtube, m.youtube.moved())
    yield mask_case(
        "names/ref-youtube-vos-annotations",
        "Ref-YouTube-VOS as its server wants it, in `Annotations/`",
        m.youtube,
        zip_of(under("Annotations", youtube)),
        scored(m.youtube.score(m.youtube.moved()), _WRAPPED, PREDICTIONS, warnings=[Code.WRAPPING_FOLDER]),
    )


def _beside(m: Material) -> Iterator[Case]:
    truth = m.mevis
    shifted = files(truth, truth.moved())
    scores = truth.score(truth.moved())
    foreign = scored(scores, _LEFT_BEHIND, PREDICTIONS, warnings=[Code.FOREIGN_FILES])
    first = truth.clips[0]
    macos = {
        f"__MACOSX/{path.rpartition('/')[0]}/._{path.rpartition('/')[2]}": b"\0\5\x16\7" for path in shifted
    }
    yield mask_case(
        "names/macosx", "A zip that macOS made, with __MACOSX", truth, zip_of(shifted | macos), foreign
    )
    yield mask_case(
        "names/ds-store",
        "A .DS_Store in every folder",
        truth,
        shifted | {".DS_Store": b"Bud1"} | {f"{clip.name}/.DS_Store": b"Bud1" for clip in truth.clips},
        foreign,
    )
    yield mask_case(
        "names/thumbs-db", "A Thumbs.db", truth, shifted | {f"{first.name}/0/Thumbs.db": b"x"}, foreign
    )
    mask = gray(np.ones(first.size, np.uint8))
    extra = scored(scores, _EXTRA, PREDICTIONS, warnings=[Code.EXTRA_PREDICTIONS])
    for name, title, paths in (
        (
            "extra-video",
            "A video of another split beside the right ones",
            [f"{m.elsewhere[0].name}/0/00000.png"],
        ),
        (
            "extra-expression",
            "An expression that there is not",
            [f"{first.name}/99/{stem}.png" for stem in first.stems],
        ),
        ("extra-frame", "A frame behind the last", [f"{first.name}/0/00099.png"]),
    ):
        split = [Code.OTHER_SPLIT]  # known to who has converted it
        before = scored(scores, _EXTRA, PREDICTIONS, warnings=split) if name == "extra-video" else None
        content = shifted | dict.fromkeys(paths, mask)
        yield mask_case(f"names/{name}", title, truth, content, extra, validate=before)
    other = {
        f"{clip.name}/{key}/{stem}.png": mask
        for clip in m.elsewhere
        for key in clip.targets
        for stem in clip.stems
    }
    yield mask_case(
        "names/another-split",
        "Predictions for the training split",
        truth,
        other,
        refused(
            Code.NOT_PREDICTIONS, Code.OTHER_SPLIT, rule="Where nothing fits there is no score, not even 0."
        ),
    )
    yield mask_case(
        "names/label-maps-for-mevis",
        "Label maps as for DAVIS, handed in to MeViS",
        truth,
        label_files(m.davis, m.davis.perfect()),
        refused(Code.NOT_PREDICTIONS, rule="Where nothing fits there is no score, not even 0."),
    )
    yield mask_case(
        "names/one-level-too-deep",
        "The folder of one video instead of all",
        truth,
        {path.split("/", 1)[1]: png for path, png in shifted.items() if path.startswith(first.name)},
        refused(Code.NOT_PREDICTIONS, rule="Where nothing fits there is no score, not even 0."),
    )
