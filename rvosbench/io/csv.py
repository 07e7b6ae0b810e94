"""CSV tables written by strangers: every row is checked for its columns, every defect is a `Problem`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import read_text

_FIX = "compare the line with the official file; download the file again if it differs"

Row = tuple[str, list[str]]
"""Where it stands (file name and line), and its fields."""


def read_rows(
    path: Path, log: ProblemLog, *, columns: int, header: Sequence[str] | None = None
) -> list[Row] | None:
    """The rows under the header, if there should be one; None if the file cannot be read at all."""
    text = read_text(path, log)
    if text is None:
        return None
    rows = list(_rows(path, text.removeprefix("\ufeff"), columns, log))
    if header is not None:
        where, first = rows.pop(0) if rows else (path.name, [])
        if [name.strip() for name in first] != list(header):
            log.add(
                Code.BAD_STRUCTURE,
                where,
                expected="the header " + ",".join(header),
                found=",".join(first) or "nothing",
                fix="download the file again",
            )
            return None
    if not rows:
        log.add(
            Code.NOTHING_FOUND, path, expected="at least one row", found="none", fix="download the file again"
        )
    return rows


def _rows(path: Path, text: str, columns: int, log: ProblemLog) -> Iterator[Row]:
    """Without the empty lines."""
    reader = csv.reader(io.StringIO(text, newline=""))
    expected = f"{columns} columns in one line"
    where = f"{path.name}:1"
    try:
        for fields in reader:
            where = f"{path.name}:{reader.line_num}"
            if any("\n" in field for field in fields):
                found = "a quotation mark that is not closed on its line"
                log.add(Code.BAD_STRUCTURE, where, expected=expected, found=found, fix=_FIX)
            elif fields and len(fields) != columns:
                found = f"{len(fields)} columns"
                log.add(Code.BAD_STRUCTURE, where, expected=expected, found=found, fix=_FIX)
            elif fields:
                yield where, fields
    except csv.Error as error:
        log.add(Code.BAD_STRUCTURE, where, expected=expected, found=str(error), fix=_FIX)
