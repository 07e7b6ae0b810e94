"""A table in Markdown."""

from __future__ import annotations

from rvosbench.report.tables.contents import Cell, Row, Table

_SPECIAL = "\\`*_[]<>|"


def markdown(table: Table) -> str:
    heads = ["", *(escaped(column) for column in table.columns)]
    lines = [_line(heads), _line(["---", *["---:"] * len(table.columns)])]
    lines += [_line([_name(row), *map(_text, row.cells)]) for row in table.rows]
    lines += ["", escaped(table.caption), *(escaped(note) for note in table.notes)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """What would be taken for markup, or end a cell."""
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in flat)


def _name(row: Row) -> str:
    return escaped(row.name) if row.role == "method" else f"*{escaped(row.name)} ({row.role})*"


def _text(cell: Cell) -> str:
    text = f"**{cell.text}**" if cell.bold else cell.text
    ends = f" [{cell.ends[0]}, {cell.ends[1]}]" if cell.ends else ""
    return text + ("\N{DAGGER}" if cell.marked else "") + ends


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
