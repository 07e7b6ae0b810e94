"""Where the records are: those of the reader's own checkout, else those that came with the package."""

from __future__ import annotations

from pathlib import Path

IN_A_CHECKOUT = Path("leaderboard") / "results"
_PACKAGE = Path(__file__).parents[1]


def records_folder(chosen: Path | None = None) -> Path:
    """What was chosen; else leaderboard/results below the current folder; else the copy of the package."""
    if chosen is not None:
        return chosen
    if IN_A_CHECKOUT.is_dir():
        return IN_A_CHECKOUT
    installed = _PACKAGE / "results"
    return installed if installed.is_dir() else _PACKAGE.parent / "results"
