"""A figure becomes a file: PDF, SVG or PNG, the same bytes every time."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rvosbench.errors import Code, Problem, UsageError
from rvosbench.report.plots.style import styled
from rvosbench.report.whole_file import check_new, write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 300  # of PNG, and of pictures within the others
SUFFIXES = (".pdf", ".svg", ".png")


def check_target(path: Path, *, force: bool, option: str = "--out") -> None:
    """That a figure can be written in the form that the name asks for, and that no file would be lost."""
    _check_form(path, option)
    check_new(path, force=force)


def _check_form(path: Path, option: str = "--out") -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"{option} {path}",
                expected="a file that ends in " + ", ".join(SUFFIXES),
                found=path.suffix or "no ending",
                fix=f"{option} {path.with_suffix(SUFFIXES[0])}",
            )
        )


def save(figure: Figure, path: Path, about: str = "") -> None:
    """In place of an earlier file. `about` goes into it where no reader sees it: what the figure is a figure
    of. The time of day does not."""
    _check_form(path)
    form = path.suffix.lower().removeprefix(".")
    written = io.BytesIO()
    with styled():
        figure.savefig(written, format=form, dpi=DOTS_PER_INCH, metadata=_metadata(form, about))
    write_file(path, written.getvalue())


def _metadata(form: str, about: str) -> dict[str, Any]:
    if form == "pdf":
        return {"CreationDate": None, "Creator": "rvosbench", "Producer": None, "Subject": about or None}
    if form == "svg":
        return {"Date": None, "Creator": "rvosbench", "Description": about or None}
    return {"Software": None, "Description": about}
