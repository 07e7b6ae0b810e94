"""The lists of A2D-Sentences: which video belongs to which split, and the sentences of its instances."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvosbench.datasets.a2d_masks import frame_number
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.csv import Row, read_rows

SUBSETS = {"train": "0", "test": "1"}
_VIDEO_ROWS, _SENTENCE_ROWS = 3782, 6655  # of the official files
_FIX = "compare the row with the official file; download it again if it differs"


@dataclass(frozen=True, slots=True)
class ListedVideo:
    subset: str
    frames: int | None  # None where the list does not say it


@dataclass(frozen=True, slots=True)
class Sentence:
    instance: int
    text: str


def read_videos(path: Path, log: ProblemLog) -> dict[str, ListedVideo] | None:
    """`videoset.csv`, no header: video, label, start, end, height, width, frames, annotated ones, subset."""
    rows = read_rows(path, log, columns=9)
    if rows is None:
        return None
    _compare_rows(path, len(rows), _VIDEO_ROWS, log)
    videos: dict[str, ListedVideo] = {}
    for where, fields in rows:
        video, frames, subset = (fields[column].strip() for column in (0, 6, 8))
        if subset not in SUBSETS.values():
            expected = "0 (train) or 1 (test) in the last column"
            log.add(Code.BAD_STRUCTURE, where, expected=expected, found=repr(subset), fix=_FIX)
        elif video in videos:
            log.add(Code.DUPLICATE_ID, where, expected="each video once", found=video, fix=_FIX)
        else:
            videos[video] = ListedVideo(subset, frame_number(frames))
    return videos


def read_sentences(
    path: Path, videos: Mapping[str, ListedVideo], subset: str, without: set[str], log: ProblemLog
) -> dict[str, list[Sentence]] | None:
    """`a2d_annotation.txt`: the sentences of each video of the subset, in the order of the rows."""
    rows = read_rows(path, log, columns=3, header=("video_id", "instance_id", "query"))
    if rows is None:
        return None
    _compare_rows(path, len(rows), _SENTENCE_ROWS, log)
    sentences: dict[str, list[Sentence]] = {}
    for where, (video, name, text) in _rows_of(rows, videos, subset, without, log):
        instance = _instance(f"{where}: {video}", video, name, log)
        if instance is not None:
            _add(sentences.setdefault(video, []), Sentence(instance, text), f"{where}: {video}", log)
    return sentences


def _rows_of(
    rows: Sequence[Row], videos: Mapping[str, ListedVideo], subset: str, without: set[str], log: ProblemLog
) -> list[Row]:
    """Rows that the official loaders pass over are said, not silently lost."""
    chosen = []
    for where, (name, instance, text) in rows:
        video = name.strip()
        passed_over = "nothing to do: the row is left out, as by the official loaders"
        if video not in videos:
            expected = "sentences of videos of videoset.csv"
            log.warn(Code.UNKNOWN_VIDEO, where, expected=expected, found=repr(video), fix=passed_over)
        elif videos[video].subset != subset:
            continue
        elif video in without:
            expected = "no sentences of videos of a2d_missed_videos.txt"
            log.warn(Code.LEFT_OUT, where, expected=expected, found=video, fix=passed_over)
        else:
            chosen.append((where, [video, instance.strip(), text]))
    return chosen


def _instance(where: str, video: str, name: str, log: ProblemLog) -> int | None:
    if re.fullmatch(r"[0-9]{1,9}", name):
        return int(name)
    expected, found = "the number of an instance", repr(name)
    if re.fullmatch(r"[0-9]+ \(copy\)", name):
        known = (video, name) == ("T6bNPuKV-wY", "1 (copy)")
        advice = "nothing to do: known of the official release" if known else _FIX
        fix = f"{advice}; a copied row is left out, as by the official loaders"
        log.warn(Code.REPAIRED, where, expected=expected, found=found, fix=fix)
    else:
        log.add(Code.BAD_STRUCTURE, where, expected=expected, found=found, fix=_FIX)
    return None


def _add(known: list[Sentence], new: Sentence, where: str, log: ProblemLog) -> None:
    """The instance names the expression, so it can have one sentence only."""
    if new in known:
        log.warn(
            Code.REPAIRED,
            where,
            expected="each row once",
            found=f"the same sentence of instance {new.instance} again",
            fix="nothing to do: it is taken once",
        )
    elif any(new.instance == old.instance for old in known):
        log.add(
            Code.DUPLICATE_ID,
            where,
            expected="one sentence for each instance",
            found=f"another sentence of instance {new.instance}",
            fix=_FIX,
        )
    else:
        known.append(new)


def _compare_rows(path: Path, rows: int, published: int, log: ProblemLog) -> None:
    if rows != published:
        log.warn(
            Code.COUNTS_DIFFER,
            path.name,
            expected=f"{published} rows, as published",
            found=str(rows),
            fix="check that the release is whole; scores on another set of videos are not comparable",
        )
