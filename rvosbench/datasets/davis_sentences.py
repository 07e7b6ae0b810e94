"""The four text files of Ref-DAVIS17: two people, each with the first frame alone and with the full video.

A line is `<video> <object> "<sentence>"`. The rules are those by which the field converts these files: words
are joined by single spaces, the sentences of a video are sorted by object number as text (a stable sort), and
the k-th ones of the four files become the expressions 4k to 4k+3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rvosbench.datasets.label_maps import label_name
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import read_text
from rvosbench.schema import ExpressionRecord

ANNOTATORS = 4
KINDS = ("first_frame", "full_video")  # of annotator a: the one at a % 2
FILES = (
    ("Davis17_annot1.txt", "utf-8"),
    ("Davis17_annot1_full_video.txt", "utf-8"),
    ("Davis17_annot2.txt", "latin-1"),
    ("Davis17_annot2_full_video.txt", "latin-1"),
)
_RENAMED = {"clasic-car": "classic-car", "dog-scale": "dogs-scale", "motor-bike": "motorbike"}
_QUOTES = "\"'\u2018\u2019\u201c\u201d\x91\x92\x93\x94"  # x91 to x94: those of Windows, read as latin-1
_FIX = "compare the file with the official release; download it again if it differs"


@dataclass(frozen=True, slots=True)
class Sentence:
    object: str
    text: str


def expression(number: int, text: str, name: str) -> ExpressionRecord:
    annotator = number % ANNOTATORS
    return ExpressionRecord(str(number), text, (name,), annotator, KINDS[annotator % len(KINDS)])


def read_sentences(
    folder: Path, videos: Sequence[str], known: Collection[str], log: ProblemLog
) -> dict[str, tuple[ExpressionRecord, ...]]:
    """The expressions of `videos`. `known` are all videos of the release: lines about others are left out."""
    files = [_read_file(folder / name, encoding, known, log) for name, encoding in FILES]
    whole = [file for file in files if file is not None]
    if len(whole) < len(files):
        return dict.fromkeys(videos, ())
    return {video: _expressions(video, [file.get(video, []) for file in whole], log) for video in videos}


def _read_file(
    path: Path, encoding: str, known: Collection[str], log: ProblemLog
) -> Mapping[str, list[Sentence]] | None:
    """Video -> its sentences, sorted by object."""
    text = read_text(path, log, encoding)
    if text is None:
        return None
    found: dict[str, list[Sentence]] = {}
    for number, line in enumerate(text.split("\n"), 1):  # splitlines would split at more characters
        if line.strip():
            read = _read_line(line, f"{path}: line {number}", known, log)
            if read is not None:
                video, sentence = read
                found.setdefault(video, []).append(sentence)
    return {video: sorted(sentences, key=lambda one: one.object) for video, sentences in found.items()}


def _read_line(line: str, where: str, known: Collection[str], log: ProblemLog) -> tuple[str, Sentence] | None:
    words = line.split()
    if len(words) < 3:
        log.add(
            Code.BAD_STRUCTURE, where, expected='<video> <object> "<sentence>"', found=repr(line), fix=_FIX
        )
        return None
    video = _RENAMED.get(words[0], words[0])
    if video not in known:
        log.warn(
            Code.UNKNOWN_VIDEO,
            where,
            expected="sentences about videos of train or val",
            found=f"the video {video!r}",
            fix="nothing to do if the release is so: the sentence is left out",
        )
        return None
    name = label_name(words[1], where, log)
    if name is None:
        return None
    return video, Sentence(name, _unquoted(" ".join(words[2:]), where, log))


def _unquoted(text: str, where: str, log: ProblemLog) -> str:
    if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        return text[1:-1]
    log.warn(
        Code.REPAIRED,
        where,
        expected="a sentence in quotes",
        found=text,
        fix="compare the line with the official release: the sentence is kept without the quotes it has",
    )
    return text.strip(_QUOTES)


def _expressions(
    video: str, lists: Sequence[Sequence[Sentence]], log: ProblemLog
) -> tuple[ExpressionRecord, ...]:
    lengths = [len(sentences) for sentences in lists]
    shown = ", ".join(map(str, lengths))
    if not min(lengths):
        log.add(
            Code.NOTHING_FOUND,
            video,
            expected="sentences about every video of the split in each of the four text files",
            found=f"{shown} sentences",
            fix=_FIX,
        )
    elif len(set(lengths)) > 1:
        left_out = sorted({one.object for sentences in lists for one in sentences[min(lengths) :]}, key=int)
        log.warn(
            Code.LEFT_OUT,
            video,
            expected="as many sentences about a video in each of the four text files",
            found=f"{shown} sentences: only {min(lengths)} of each file are used, some about object "
            + ", ".join(left_out)
            + " are not",
            fix="nothing to do if the release is so: the field's converter leaves them out too",
        )
    found = []
    for k, group in enumerate(zip(*lists, strict=False)):
        if len({one.object for one in group}) > 1:
            log.warn(
                Code.UNKNOWN_OBJECT,
                f"{video}, expressions {ANNOTATORS * k} to {ANNOTATORS * k + 3}",
                expected="four expressions in a row about one object",
                found="objects " + ", ".join(one.object for one in group),
                fix="nothing to do if the release is so: each expression keeps its object",
            )
        found += [expression(ANNOTATORS * k + a, one.text, one.object) for a, one in enumerate(group)]
    return tuple(found)
