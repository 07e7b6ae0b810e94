"""Where the records are: those of the reader's own checkout, else those that came with the package."""

from __future__ import annotations

import shlex
from pathlib import Path

from rvosbench.errors import Code, Problem, UsageError

IN_A_CHECKOUT = Path("leaderboard") / "results"
_PACKAGE = Path(__file__).parents[1]
INSTALLED = _PACKAGE / "results"  # in a checkout there is none


def records_folder(chosen: Path | None = None) -> Path:
    """What was chosen; else leaderboard/results below the current folder; else the copy of the package."""
    if chosen is not None:
        return chosen
    if IN_A_CHECKOUT.is_dir():
        return IN_A_CHECKOUT
    return INSTALLED if INSTALLED.is_dir() else _PACKAGE.parent / "results"


def own_folder(chosen: Path | None = None) -> Path:
    """The same, for new records: never the copy of an installed package, which is replaced with it."""
    folder = records_folder(chosen)
    if chosen is None and folder == INSTALLED:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--records",
                expected="a folder of your own for new records",
                found="none, and those that came with rvosbench are replaced when it is installed again",
                fix=f"copy them, cp -r {shlex.quote(str(INSTALLED))} records, and add --records records",
            )
        )
    return folder
