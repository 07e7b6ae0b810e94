"""Rules on the names of files and folders: what looks like predictions and is called otherwise."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rvosbench.errors import Code, DatasetError, ProblemLog, Severity
from rvosbench.io.tables import read_rows
from rvosbench.validate.submission import Submission

if TYPE_CHECKING:
    from rvosbench.splits.split import Split, Video

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")
_SUFFIX = ".png"
_LOOKED_AT = 5000  # folders, in search of those that are meant
_NUMBER = re.compile(r"[0-9]+")
_LONGEST_NUMBER = 18  # digits; what is longer is no number of a frame
_FRAME_NAMES = "files that are named after the frames of the release, each with .png at its end"
_EXPRESSION_NAMES = "folders that are named by the ids of the expressions in meta_expressions.json"


def frame_names(submission: Submission, log: ProblemLog) -> int:
    """E3"""
    explained = 0
    for wanted, stems in submission.wanted.items():
        folder = submission.folder(wanted)
        if folder is None:
            continue
        there = set(folder.names)
        missing = [stem for stem in stems if stem + _SUFFIX not in there]
        others = sorted(there.difference(stem + _SUFFIX for stem in stems))
        if missing and others:
            explained += len(others)
            what, instead, fix = _how_named(missing, others, list(stems))
            log.add(
                Code.FRAME_NAMES,
                wanted,
                expected=_FRAME_NAMES,
                found=f"{instead}, and no {missing[0]}{_SUFFIX}: {what}",
                fix=fix,
            )
    return explained


def _how_named(missing: Sequence[str], others: Sequence[str], stems: Sequence[str]) -> tuple[str, str, str]:
    """What is done differently, an example of it, and what to do."""
    by_stem = {name.rpartition(".")[0].lower(): name for name in others}
    if (same := by_stem.get(missing[0].lower())) is not None:
        suffix = same.rpartition(".")[2]
        if suffix.lower() in ("jpg", "jpeg"):
            return "a JPEG", same, "save masks as PNG: JPEG blurs them, so renaming the files is not enough"
        return f"it ends in .{suffix}", same, "write PNG files whose names end in .png"
    numbers = {name: number for name in others if (number := _number(name)) is not None}
    wanted = [number for stem in missing if (number := _number(stem)) is not None]
    first = others[0]
    if numbers and wanted and set(numbers.values()) >= set(wanted):
        same = next(name for name, number in numbers.items() if number == wanted[0])
        what = "there is more in the name"
        if same.rpartition(".")[0].isdecimal():
            shorter = len(same) < len(missing[0] + _SUFFIX)
            what = (
                "zeros before the number are missing" if shorter else "there are more zeros before the number"
            )
        return what, same, "name each file as its frame: os.path.splitext(frame)[0] + '.png'"
    every = [number for stem in stems if (number := _number(stem)) is not None]
    found = sorted({*numbers.values(), *(n for n in every if n not in wanted)})
    if len(every) == len(stems) and found == [number + 1 for number in every]:
        span = f"{missing[0]} to {stems[-1]} in the release"
        return f"counted from 1; it is {span}", others[-1], f"count from {stems[0]}, as the release does"
    if len(numbers) == len(others) and len(every) > 1 and every[1] - every[0] > 1:
        what = f"numbered one after the other, where the frames are {', '.join(stems[:3])}, ..."
        return what, first, "name each file as its frame; only these frames are in the release"
    return "another name", first, "name each file as its frame: os.path.splitext(frame)[0] + '.png'"


def _number(name: str) -> int | None:
    """The last number in it."""
    digits = _NUMBER.findall(name.removesuffix(_SUFFIX))
    return int(digits[-1]) if digits and len(digits[-1]) <= _LONGEST_NUMBER else None


def expression_names(submission: Submission, log: ProblemLog) -> int:
    """W4"""
    explained = 0
    if submission.tree is None or submission.video_root.path != submission.root.path:
        return explained
    below: dict[str, set[str]] = {}
    for inside, _ in submission.inside():
        parent, _, name = inside.rpartition("/")
        below.setdefault(parent, set()).add(name)
    for name, video in submission.split.videos.items():
        there = below.get(name, set())
        missing = [key for key in video.expressions if key not in there]
        others = sorted(there.difference(video.expressions))
        if missing and others:
            explained += len(others)
            what, fix = _how_expressions_are_named(video, missing, others)
            log.add(
                Code.EXPRESSION_NAMES,
                name,
                expected=_EXPRESSION_NAMES,
                found=f"{_listed(others)}, and no {_listed(missing)}{what}",
                fix=fix,
            )
    return explained


def _how_expressions_are_named(
    video: Video, missing: Sequence[str], others: Sequence[str]
) -> tuple[str, str]:
    texts = {_plain(one.text): key for key, one in video.expressions.items()}
    named = [texts[_plain(other)] for other in others if _plain(other) in texts]
    if named:
        fix = "use the key of the expression in meta_expressions.json as the name of its folder"
        return f": named by their text; the first of these is expression {named[0]}", fix
    if {other for other in others if other.isdecimal()} and _counted_from_one(video, missing, others):
        return ": counted from 1", "count expressions from 0, as meta_expressions.json does"
    ids = {value for one in video.objects.values() for value in (one.name, one.source_id)}
    if ids.issuperset(others):
        fix = "write one folder for each expression, also where several mean the same object"
        return ": the numbers of objects", fix
    return "", "use the key of the expression in meta_expressions.json as the name of its folder"


def _counted_from_one(video: Video, missing: Sequence[str], others: Sequence[str]) -> bool:
    count = len(video.expressions)
    return list(missing) == ["0"] and list(others) == [str(count)]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower().replace("_", " ")))


def other_split(submission: Submission, log: ProblemLog) -> int:
    """W5: a warning beside predictions for this split."""
    split = submission.split
    explained = 0
    folders = () if submission.tree is None else submission.tree.folders
    parts = {part for folder in folders for part in _parts(folder)} - set(split.videos)
    if not parts:
        return explained
    for sibling in sorted(split.folder.parent.iterdir()) if split.folder.parent.is_dir() else ():
        if sibling.name.startswith(".") or sibling == split.folder or not sibling.is_dir():
            continue
        try:
            videos = [row["video"] for row in read_rows(sibling, "videos")]
        except DatasetError:
            continue
        if found := sorted(parts.intersection(videos)):
            explained += sum(not parts.isdisjoint(found) for parts in map(set, map(_parts, folders)))
            about = split.manifest
            log.add(
                Code.OTHER_SPLIT,
                f"{submission.source.name}: {_listed(found)}",
                expected=f"videos of {about.dataset}:{about.split}",
                found=f"{len(found)} of the {len(videos)} videos of {about.dataset}:{sibling.name}",
                fix=f"predict the videos of {about.split}, or say --dataset {about.dataset}:{sibling.name}",
                severity=Severity.ERROR if submission.predictions is None else Severity.WARNING,
            )
    return explained


def _parts(folder: str) -> Iterable[str]:
    """All runs of names in a path: the name of a video may have slashes."""
    names = folder.split("/")
    for start in range(len(names)):
        for stop in range(start + 1, min(len(names), start + 4) + 1):
            yield "/".join(names[start:stop])


def nested_archives(submission: Submission, log: ProblemLog) -> int:
    """E7"""
    explained = 0
    for path, folder in submission.tree.folders.items() if submission.tree is not None else ():
        names = folder.names
        text = "/".join(names).lower()  # nearly always free of them: looked at as one
        if not any(suffix in text for suffix in _ARCHIVES):
            continue
        for name in names:
            if name.lower().endswith(_ARCHIVES):
                explained += 1
                log.add(
                    Code.NESTED_ARCHIVE,
                    f"{submission.source.name}: {path}/{name}".replace(": /", ": "),
                    expected="one archive, with the predictions in it",
                    found="an archive inside, which no one opens",
                    fix="give the inner archive itself; a server wants it alone, too",
                )
    return explained


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown}, ..." if len(names) > 3 else shown


def predictions_below(submission: Submission, log: ProblemLog) -> int:
    """Where nothing is recognised: a folder further down in which a video of the split lies."""
    if submission.predictions is not None:
        return 0
    tree = submission.tree
    if tree is not None and (submission.video_root.matched or not tree.folders):
        return 0
    inside = _deep_in(submission) if tree is not None else _below(submission.source, submission.split)
    if inside is not None:
        zipped = tree is not None and tree.zipped
        log.add(
            Code.PREDICTIONS_BELOW,
            submission.source,
            expected="videos at the top, or in one folder",
            found=f"videos of the split further down, in {inside}/",
            fix="make the zip from inside that folder" if zipped else f"give {submission.source / inside}",
        )
    return 0


def _deep_in(submission: Submission) -> str | None:
    """The path of the folder that the first video lies in."""
    videos = set(submission.split.videos)
    for folder in submission.tree.folders if submission.tree is not None else ():
        names = folder.split("/")
        for start in range(1, len(names)):
            if any("/".join(names[start:stop]) in videos for stop in range(start + 1, len(names) + 1)):
                return "/".join(names[:start])
    return None


def _below(source: Path, split: Split) -> str | None:
    """The same on the disk, where there is too much to list."""
    waiting, seen = deque([""]), 0
    while waiting and source.is_dir():
        inside = waiting.popleft()
        for name in sorted(_folders_in(source / inside)):
            seen += 1
            if any(video == name or video.startswith(f"{name}/") for video in split.videos):
                return inside or None  # else they lie where they should
            if seen > _LOOKED_AT:
                return None
            waiting.append(f"{inside}/{name}" if inside else name)
    return None


def _folders_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


RULES: tuple[Callable[[Submission, ProblemLog], int], ...] = (
    predictions_below,
    nested_archives,
    other_split,
    expression_names,
    frame_names,
)


def explain(submission: Submission, log: ProblemLog) -> int:
    """Everything that names alone can tell. Gives, as every rule here, the number of files and folders that
    are no longer merely extra: it is known what they are."""
    return sum(rule(submission, log) for rule in RULES)
