"""A table of published results as CSV: read whole, with every defect of its form reported."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.json import read_text

COLUMNS = (
    "method",
    "venue",
    "backbone",
    "training",
    "dataset",
    "split",
    "metric",
    "value",
    "source",
    "table",
)
FILLED = ("method", "metric", "value", "source")  # the others may be unknown, hence empty

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Result:
    """One printed figure. `value` keeps the printed digits: they say how far it was rounded. `row` counts as
    spreadsheets do: the first line of the file is row 1."""

    row: int
    method: str
    venue: str
    backbone: str
    training: str
    dataset: str
    split: str
    metric: str
    value: Decimal
    source: str
    table: str

    @property
    def decimals(self) -> int:
        exponent = self.value.as_tuple().exponent
        return -exponent if isinstance(exponent, int) else 0

    @property
    def half_a_digit(self) -> Decimal:
        """The printed value is at most this far from the one that was rounded."""
        return Decimal(5).scaleb(-self.decimals - 1)


def read_results(path: Path, log: ProblemLog) -> list[Result]:
    """The rows that can be read; what is wrong with the others is in the log."""
    if not path.is_file():
        log.add(
            Code.MISSING_FILE,
            path,
            expected="a CSV file of results",
            found="no such file",
            fix="check the path of the table",
        )
        return []
    text = read_text(path, log, encoding="utf-8-sig")
    if text is None:
        return []
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(_results(path, rows, log))
    except csv.Error as error:
        log.add(
            Code.TABLE_INCONSISTENT,
            f"{path.name}, line {rows.line_num}",
            expected="comma-separated values with quotes around cells that hold a comma",
            found=str(error),
            fix="write the line as RFC 4180 has it",
        )
        return []


def results_of(name: str, rows: Iterable[Sequence[str]], log: ProblemLog) -> list[Result]:
    """Cells in the order of `COLUMNS`; `name` is what messages call the table."""
    found = (
        _result(f"{name}, result {place}", place, list(COLUMNS), list(cells), log)
        for place, cells in enumerate(rows, start=1)
    )
    return [result for result in found if result is not None]


def _results(path: Path, rows: Iterator[list[str]], log: ProblemLog) -> Iterator[Result]:
    header = next(rows, [])
    if not _check_header(path, header, log):
        return
    row = 1
    for row, cells in enumerate(rows, start=2):
        if cells:
            result = _result(f"{path.name}, row {row}", row, header, cells, log)
            if result is not None:
                yield result
    if row == 1:
        log.add(
            Code.TABLE_INCONSISTENT,
            path.name,
            expected="at least one result",
            found="none",
            fix="add results",
        )


def _check_header(path: Path, header: list[str], log: ProblemLog) -> bool:
    if missing := [name for name in COLUMNS if header.count(name) != 1]:
        log.add(
            Code.TABLE_INCONSISTENT,
            path.name,
            expected="a first line that names each of the columns " + ", ".join(COLUMNS) + " once",
            found="a first line without, or with several of, " + ", ".join(missing),
            fix="mend the first line",
        )
    return not missing


def _result(where: str, row: int, header: list[str], cells: list[str], log: ProblemLog) -> Result | None:
    if len(cells) != len(header):
        log.add(
            Code.TABLE_INCONSISTENT,
            where,
            expected="as many cells as columns",
            found=f"{len(cells)} cells for {len(header)} columns",
            fix="quote cells that hold a comma, and keep empty cells",
        )
        return None
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in COLUMNS}
    empty = [name for name in FILLED if not values[name]]
    for name in empty:
        log.add(
            Code.TABLE_INCONSISTENT,
            where,
            expected="a method, a metric, a value and a source in every row",
            found=f"an empty {name}",
            fix="fill the cell, or leave the row out",
        )
    if values["value"] and not _NUMBER.fullmatch(values["value"]):
        log.add(
            Code.TABLE_INCONSISTENT,
            where,
            expected="a value of digits as they were printed, such as 55.3",
            found=repr(values["value"]),
            fix="write the number alone",
        )
    elif not empty:
        return Result(row=row, value=Decimal(values.pop("value")), **values)
    return None
