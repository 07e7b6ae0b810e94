"""Finds out what form predictions have, without being told."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, PredictionsRefused, Problem, ProblemLog, UsageError
from rvosbench.predictions import palette_tree, png_tree
from rvosbench.predictions.archive import list_archive
from rvosbench.predictions.base import Predictions
from rvosbench.predictions.files import FileTree, list_folder
from rvosbench.predictions.layout import Root

if TYPE_CHECKING:
    from rvosbench.splits.split import Split

FORMS = ("masks", "labels", "coco", "parquet")
"""What `recognise` can be told to expect: a tree of masks or of label maps, in folders or in a zip; COCO
results; a Parquet table."""

_ROOM = 3  # times as many files as are asked for may be there: other splits, other annotators
_SPARE = 100
_NAMED = 6  # of what lies in a folder, when it is not understood
_OTHER_ARCHIVES = {
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"\x89PNG": "a single PNG",
}


def recognise(source: Path, split: Split, form: str | None = None) -> Predictions:
    """The predictions at `source`, for what `split` scores. `form` is one of `FORMS`, or None to find out.

    Raises PredictionsRefused with everything that is wrong with them as a whole. Whether all that the split
    asks for is there is another question, which `VideoPredictions.absent` answers.
    """
    if form is not None and form not in FORMS:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                form,
                expected="one of " + ", ".join(FORMS),
                found=form,
                fix="choose one of these, or leave it to be recognised",
            )
        )
    source = Path(source)
    if source.is_dir():
        return _in_folder(source, split, form)
    if not source.is_file():
        found = "it is something else" if source.exists() else "nothing is there"
        raise _refused(source, split, found)
    return _in_file(source, split, form)


def _in_folder(source: Path, split: Split, form: str | None) -> Predictions:
    if form in (None, "parquet") and (table := source / "predictions.parquet").is_file():
        return _parquet(table, split)
    if form in (None, "coco") and (results := _only_json(source)) is not None:
        return _coco(results, split)
    if form in ("parquet", "coco"):
        raise _refused(source, split, f"no {form} file in this folder")
    return _tree(source, split, form, list_folder)


def _only_json(folder: Path) -> Path | None:
    """The file of results, if that is what the folder holds: one JSON file and no folders."""
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return None  # said when its files are listed
    documents = [entry for entry in entries if entry.suffix == ".json" and entry.is_file()]
    return documents[0] if len(documents) == 1 and not any(entry.is_dir() for entry in entries) else None


def _in_file(source: Path, split: Split, form: str | None) -> Predictions:
    try:
        with source.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise _refused(source, split, str(error.strerror)) from error
    kind = _kind_of_file(source, start)
    if kind == "zip" and form in (None, "masks", "labels"):
        return _tree(source, split, form, list_archive)
    if kind == "parquet" and form in (None, kind):
        return _parquet(source, split)
    if kind == "coco" and form in (None, kind):
        return _coco(source, split)
    raise _refused(source, split, _other_kind(start) if kind is None else f"a file of the kind {kind}")


def _kind_of_file(source: Path, start: bytes) -> str | None:
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\3\4", b"PK\5\6")) or (source.suffix == ".zip" and zipfile.is_zipfile(source)):
        return "zip"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"[", b"{") or (source.suffix == ".json" and not text):
        return "coco"
    return None


def _other_kind(start: bytes) -> str:
    named = [name for magic, name in _OTHER_ARCHIVES.items() if start.startswith(magic)]
    return named[0] if named else "a file of another kind" if start else "an empty file"


def _parquet(source: Path, split: Split) -> Predictions:
    from rvosbench.predictions.parquet import ParquetPredictions

    return ParquetPredictions(source, split)


def _coco(source: Path, split: Split) -> Predictions:
    from rvosbench.predictions.coco_results import CocoResults

    return CocoResults(source, split)


def _tree(
    source: Path,
    split: Split,
    form: str | None,
    listing: Callable[[Path, int, ProblemLog], FileTree | None],
) -> Predictions:
    log = ProblemLog()
    tree = listing(source, most_files(split), log)
    if tree is None or log.has_errors:
        raise PredictionsRefused(*log)
    found = tree_predictions(tree, split, form)
    if found is None:
        raise _refused(source, split, _content(tree, split))
    return found


def tree_predictions(
    tree: FileTree, split: Split, form: str | None = None
) -> png_tree.PngTree | palette_tree.PaletteTree | None:
    """What the tree holds more of, masks or label maps; None if it holds none that are asked for."""
    masks = Root("", 0) if form == "labels" else png_tree.find(tree, split)
    labels = Root("", 0) if form == "masks" else palette_tree.find(tree, split)
    if not masks.matched and not labels.matched:
        return None
    if labels.matched > masks.matched:
        return palette_tree.PaletteTree(tree, labels, split)
    return png_tree.PngTree(tree, masks, split)


def most_files(split: Split) -> int:
    """How many files predictions may consist of, before they are taken for something else."""
    return _ROOM * _files_of(split) + _SPARE


def _files_of(split: Split) -> int:
    """How many files there are in the form that has the most of them, folders included."""
    masks = sum(len(one.scored) + 1 for one in split.expressions)
    frames = sum(len(video.frames) + 1 for video in split.videos.values())
    return max(masks, len(palette_tree.annotators_of(split)) * frames) + len(split.videos)


def _content(tree: FileTree, split: Split) -> str:
    """What is there instead, in one line."""
    if not tree.folders:
        return "no files"
    if nested := [name for name in _names(tree) if name.endswith((".zip", ".parquet", ".json"))]:
        return f"{nested[0]}, which may be what is meant"
    parts = {part for folder in tree.folders for part in folder.split("/")}
    examples = sorted(tree.folders)[:_NAMED]
    shown = ", ".join(f"{folder}/" for folder in examples if folder) or ", ".join(_names(tree)[:_NAMED])
    if videos := parts & {part for video in split.videos for part in video.split("/")}:
        if any(_is_of_an_expression(folder, split) for folder in tree.folders):
            return f"folders of {len(videos)} of its videos, but too far down: {shown}"
        wanted = next(iter(split.videos[next(iter(split.videos))].expressions), "0")
        return (
            f"folders of {len(videos)} of its videos, but none of its expressions in them, which are named "
            f"like {wanted!r}: {shown}"
        )
    return f"none of its videos: {shown}"


def _is_of_an_expression(folder: str, split: Split) -> bool:
    """Whether the path ends in a video and one of its expressions, however far down."""
    *above, name = folder.split("/")
    tails = ("/".join(above[start:]) for start in range(len(above)))
    return any(tail in split.videos and name in split.videos[tail].expressions for tail in tails)


def _names(tree: FileTree) -> list[str]:
    return tree.folders[""].names if "" in tree.folders else []


def _refused(source: Path, split: Split, found: str) -> PredictionsRefused:
    about = split.manifest
    video = next(iter(split.videos), "VIDEO")
    return PredictionsRefused(
        Problem(
            Code.NOT_PREDICTIONS,
            str(source),
            expected=f"predictions for {about.dataset}:{about.split}, whose first video is {video}: "
            "<video>/<expression>/<frame>.png or anno_<0..3>/<sequence>/<frame>.png in a folder or zip, "
            "COCO results, or predictions.parquet",
            found=found,
            fix="give the folder in which the videos lie, or the file itself; `rvosbench describe "
            f"{about.dataset} --format` shows the forms",
        )
    )
