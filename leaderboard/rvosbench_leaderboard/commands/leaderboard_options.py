"""Options that several commands of `leaderboard` have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
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
