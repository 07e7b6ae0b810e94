"""Options that several commands of `leaderboard` have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
FORCE = Annotated[bool, typer.Option("--force", help="Replace files of records that are there.")]


def read(folder: Path) -> Records:
    """All records; refused with every problem if any cannot be read."""
    from rvosbench.errors import UsageError
    from rvosbench_leaderboard.records.reading import read_records

    records = read_records(folder)
    if records.problems.has_errors:
        raise UsageError(*records.problems.errors)
    return records


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
