"""Options that several commands of `leaderboard` have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console

if TYPE_CHECKING:
    from rvosbench.errors import Problem
    from rvosbench_leaderboard.records.model import Records

RECORDS = Annotated[
    Path | None,
    typer.Option(
        "--records",
        metavar="DIR",
        help="Folder of the records. Default: leaderboard/results here, else those that came with rvosbench.",
        show_default=False,
    ),
]
OWN_RECORDS = Annotated[
    Path | None,
    typer.Option(
        "--records",
        metavar="DIR",
        help="Folder of the records to add to. Default: leaderboard/results of a checkout.",
        show_default=False,
    ),
]
FORCE = Annotated[bool, typer.Option("--force", help="Replace files of records that are there.")]


def read(folder: Path) -> Records:
    """All records; refused with every problem if any cannot be read."""
    from rvosbench.errors import UsageError
    from rvosbench_leaderboard.records.reading import read_records

    records = read_records(folder)
    if records.problems.has_errors:
        raise UsageError(*records.problems.errors)
    return records


def read_any(folder: Path) -> Records:
    """The same; none where there is no folder yet."""
    from rvosbench.errors import ProblemLog
    from rvosbench_leaderboard.records.model import Records

    return read(folder) if folder.is_dir() else Records((), {}, ProblemLog())


def next_build(chosen: Path | None) -> str:
    """What is likely next once there are new records."""
    return f"Next: {console.command('leaderboard', 'build', records=chosen, out='site')}"


def read_some(folder: Path) -> Records:
    """The same; a folder without any is refused."""
    from rvosbench.errors import UsageError

    records = read(folder)
    if not records.records:
        raise UsageError(no_records(folder))
    return records


def no_records(folder: Path) -> Problem:
    from rvosbench.errors import Code, Problem

    return Problem(
        Code.MISSING_FILE,
        str(folder),
        expected="a folder of records",
        found="none in it",
        fix="name the folder with --records; docs/leaderboard.md says what is in it",
    )
