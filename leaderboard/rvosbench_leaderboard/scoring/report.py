"""What a team is told about its submission: problems of a closed list, in the names that it gave itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rvosbench.errors import Code, Problem

TOLD = frozenset(
    {
        Code.INVALID_JSON,
        Code.NOT_UTF8,
        Code.BAD_STRUCTURE,
        Code.DUPLICATE_ID,
        Code.UNREADABLE_FILE,
        Code.WRONG_SIZE,
        Code.WRONG_MODE,
        Code.BAD_RLE,
        Code.WRONG_LENGTH,
        Code.WRONG_COLUMNS,
        Code.NOT_PREDICTIONS,
        Code.ARCHIVE_DAMAGED,
        Code.UNSAFE_PATH,
        Code.ENCRYPTED,
        Code.UNSUPPORTED_COMPRESSION,
        Code.TOO_MANY_FILES,
        Code.DUPLICATE_PREDICTION,
        Code.FILE_TOO_LARGE,
        Code.UNKNOWN_IMAGE,
        Code.BAD_SCORE,
        Code.WRAPPING_FOLDER,
        Code.FOREIGN_FILES,
        Code.EXTRA_PREDICTIONS,
        Code.FIELD_IGNORED,
        Code.TOO_MANY_RESULTS,
        Code.MISSING_PREDICTION,
        Code.SOFT_MASK,
        Code.PALETTE_UNLIKE_GRAY,
        Code.TOO_MANY_LABELS,
        Code.PROTOCOL_DOES_NOT_FIT,
        Code.FRAME_NAMES,
        Code.EXPRESSION_NAMES,
        Code.OTHER_SPLIT,
        Code.LABEL_MAP,
        Code.WRONG_ROOT,
        Code.WRONG_FORM,
        Code.NESTED_ARCHIVE,
        Code.PREDICTIONS_BELOW,
    }
)
"""All of it follows from the submission and from what is public of a split: names, sizes, sentences. What is
said of masks as a whole, such as that they equal the ground truth, is not among it."""


def told(problems: Iterable[Problem], blob: Path, name: str, data: Path) -> list[Problem]:
    """The file of the submission is called as its owner called it; what names any other place is left out."""
    found = []
    for problem in problems:
        if problem.code in TOLD:
            named = _renamed(problem, str(blob), name)
            if str(data) not in str(named.as_json()) and str(blob.parent) not in str(named.as_json()):
                found.append(named)
    return found


def _renamed(problem: Problem, before: str, after: str) -> Problem:
    short = before.rpartition("/")[2]

    def mend(text: str) -> str:
        return text.replace(before, after).replace(short, after)

    return replace(
        problem,
        path=mend(problem.path),
        expected=mend(problem.expected),
        found=mend(problem.found),
        fix=mend(problem.fix),
        examples=tuple(map(mend, problem.examples)),
    )
