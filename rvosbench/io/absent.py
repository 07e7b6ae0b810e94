"""A file of a release that is not there, or that the system does not let one read."""

from __future__ import annotations

from pathlib import Path

from rvosbench.errors import Code, ProblemLog

FIX_MISSING = "complete the release; `rvosbench describe DATASET` shows its layout"


def not_read(path: Path, error: OSError, log: ProblemLog) -> None:
    if isinstance(error, FileNotFoundError):
        log.add(
            Code.MISSING_FILE,
            path,
            expected=f"the file {path.name}",
            found="it is not there",
            fix=FIX_MISSING,
        )
    else:
        log.add(
            Code.UNREADABLE_FILE,
            path,
            expected="a file that can be read",
            found=str(error.strerror),
            fix="check its rights and the disk",
        )
