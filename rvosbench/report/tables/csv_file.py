"""A table as CSV, for spreadsheets: numbers are numbers, and no name is taken for a formula."""

from __future__ import annotations

import csv
import io

from rvosbench.report.tables.contents import Table

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def comma_separated(table: Table) -> str:
    """Percentages as in the other tables; of intervals their ends, in columns of their own."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    with_ends = table.metrics if table.options.intervals else ()
    heads = [head for column in table.columns for head in _heads(column, with_ends=column in with_ends)]
    writer.writerow(["method", "role", *map(safe, heads), "dataset", "split", "protocol", "fingerprint"])
    for row in table.rows:
        about = row.result
        cells: list[str] = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            cells.append("" if cell.value is None else cell.text)
            if column in with_ends:
                cells += cell.ends or ("", "")
        names = [about.dataset, about.split, about.protocol, about.fingerprint]
        writer.writerow([safe(row.name), row.role, *cells, *map(safe, names)])
    return file.getvalue()


def safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _heads(column: str, *, with_ends: bool) -> list[str]:
    return [column, f"{column} low", f"{column} high"] if with_ends else [column]
