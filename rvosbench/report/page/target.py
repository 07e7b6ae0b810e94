"""Where a page may be written: a file of its own, or an earlier page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, UsageError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".html", ".htm")
MARK = b'<meta name="generator" content="rvosbench report">'
HEAD = 4096  # bytes in which the mark stands


def check_target(out: Path, *, force: bool) -> None:
    """Raises UsageError for what browsers would not open as a page, and, without `force`, for a file that is
    there and is no page of ours. Costs nothing, so it is asked before the work."""
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--out {out}",
                expected="a name that ends with .html",
                found=out.suffix or "no ending",
                fix=f"--out {out.with_suffix('.html') if out.name else 'page.html'}",
            )
        )
    if out.exists() and not force and not is_page(out):
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(out),
                expected="a new file, or an earlier page to replace",
                found="something else is there",
                fix="choose another name, or replace it with --force",
            )
        )


def is_page(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK in file.read(HEAD)
    except OSError:
        return False
