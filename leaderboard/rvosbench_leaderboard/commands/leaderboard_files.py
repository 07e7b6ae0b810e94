"""New files of records, for the commands that make them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.records.model import BoardKey, Records


def check_free(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    from rvosbench.errors import Code, Problem, UsageError

    there = [name for name in files if (folder / name).exists()]
    if there and not force:
        raise UsageError(
            *(
                Problem(
                    Code.CANNOT_WRITE,
                    str(folder / name),
                    expected="a file that is not there yet",
                    found="one with records",
                    fix="edit it by hand, or give --force to replace it",
                )
                for name in there
            )
        )


def tried(folder: Path, files: Mapping[str, str]) -> ProblemLog:
    """The warnings. Refused, before anything is written, if the reader or `verify` would refuse the files."""
    from rvosbench.errors import UsageError
    from rvosbench_leaderboard.records import trial

    log = trial.tried(folder, files)
    if log.has_errors:
        raise UsageError(*log.errors)
    return log


def write_files(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    """All of them or, if one is there already, none."""
    from rvosbench_leaderboard.records.writing import write

    check_free(folder, files, force=force)
    for name, text in files.items():
        write(folder / name, text)


def require_whole(board: BoardKey, counts: Mapping[str, int], there: Records) -> None:
    """Refused if a part of a split would stand beside published figures of all of it."""
    from rvosbench.errors import ProblemLog, UsageError
    from rvosbench_leaderboard.records.whole import check_whole

    log = ProblemLog()
    check_whole(board, counts, there.records, log)
    if log.has_errors:
        raise UsageError(*log.errors)
