"""Records as LaTeX tables like those of papers: a heading over the columns of each dataset, no wider than the
text, a long table in parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rvosbench.datasets import base
from rvosbench.report.tables.latex import escaped, heading
from rvosbench_leaderboard.records.grid import Cell, Grid, Row
from rvosbench_leaderboard.records.model import BoardKey

NEEDS = r"% needs \usepackage{array,booktabs,graphicx}"
LONGEST_TEXT = 24  # letters; a column with longer ones is broken into lines
MOST_LINES = 46  # of one table: more do not fit a page
ACROSS = 6  # a table with more columns, or with long texts, takes both columns of a paper

_WIDTH = r"\ifdim\width>\linewidth\linewidth\else\width\fi"
_BROKEN = r">{\raggedright\arraybackslash}p{13em}"


def as_latex(table: Grid) -> str:
    """Tables that are too wide all the same are scaled down to the width of the text."""
    parts = _parts(table.rows)
    texts = [
        "\n".join(_table(table, part, number, last=number == len(parts)))
        for number, part in enumerate(parts, start=1)
    ]
    return NEEDS + "\n" + "\n\n".join(texts) + "\n"


def text_column(head: str, texts: Iterable[str]) -> str:
    """How LaTeX sets a column of text."""
    return _BROKEN if max(map(len, (head, *texts))) > LONGEST_TEXT else "l"


def _parts(rows: Sequence[Row]) -> list[list[Row]]:
    parts: list[list[Row]] = [[]]
    lines = 0
    for row in rows:
        own = max(1 + len(text) // LONGEST_TEXT for text in _texts(row))
        own += any(cell.interval for cell in row.cells)
        if lines + own > MOST_LINES:
            parts.append([])
            lines = 0
        parts[-1].append(row)
        lines += own
    return parts


def _table(table: Grid, rows: Sequence[Row], number: int, *, last: bool) -> list[str]:
    heads = ["Method", *table.about, *(heading(column.metric) for column in table.columns)]
    about = zip(("Method", *table.about), zip(*map(_texts, table.rows), strict=True), strict=True)
    columns = "".join(text_column(head, texts) for head, texts in about) + "r" * len(table.columns)
    star = "*" if len(heads) > ACROSS or _BROKEN in columns else ""
    caption = table.notes[0] if number == 1 else "(continued)"
    return [
        rf"\begin{{table{star}}}[t]",
        r"\centering\small",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{escaped(caption)}}}",
        rf"\resizebox{{{_WIDTH}}}{{!}}{{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_over(table, 1 + len(table.about)),
        " & ".join(heads) + r" \\",
        r"\midrule",
        *_lines(rows),
        r"\bottomrule",
        r"\end{tabular}}",
        *(_below(table.notes[1:]) if last else ()),
        rf"\end{{table{star}}}",
    ]


def _texts(row: Row) -> tuple[str, ...]:
    return _name(row), *row.about


def _lines(rows: Sequence[Row]) -> list[str]:
    """A rule before those that are no methods, if all of these stand last."""
    methods = [row.kind == "method" for row in rows]
    first = methods.index(False) if False in methods else len(rows)
    if first == 0 or any(methods[first:]):
        return [_row(row) for row in rows]
    rule = [r"\midrule"] if first < len(rows) else []
    return [*map(_row, rows[:first]), *rule, *map(_row, rows[first:])]


def _below(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    return [
        r"\par\smallskip\raggedright\footnotesize",
        *(escaped(note) + r"\par" for note in notes),
    ]


def _over(table: Grid, text_columns: int) -> list[str]:
    """The datasets over their columns, with a rule below each."""
    cells, rules, place = [""] * text_columns, [], text_columns
    for board, width in table.boards:
        if board is None:
            cells += [""] * width
        else:
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{escaped(_title(board))}}}")
            rules.append(rf"\cmidrule(lr){{{place + 1}-{place + width}}}")
        place += width
    return [" & ".join(cells).lstrip() + r" \\", " ".join(rules)] if rules else []


def _title(board: BoardKey) -> str:
    """The title of a dataset without what follows a colon."""
    dataset, split, _ = board
    known = dataset in base.names()
    title = base.find(dataset).info.title.partition(":")[0] if known else dataset
    return f"{title} {split}"


def _name(row: Row) -> str:
    return " ".join([row.name, *(f"({mark})" for mark in row.marks)])


def _row(row: Row) -> str:
    name = escaped(row.name) if row.kind == "method" else rf"\textit{{{escaped(row.name)}}}"
    name = " ".join([name, *(f"({mark})" for mark in row.marks)])
    line = " & ".join([name, *map(escaped, row.about), *map(_cell, row.cells)]) + r" \\"
    if not any(cell.interval for cell in row.cells):
        return line
    ends = " & ".join(["", *[""] * len(row.about), *map(_ends, row.cells)]).lstrip()
    return f"{line}[-0.5ex]\n{ends} " + r"\\"


def _cell(cell: Cell) -> str:
    if not cell.text:
        return "--"
    text = rf"\textbf{{{cell.text}}}" if cell.best else cell.text
    return text + (r"$^\dagger$" if cell.tied else "") + ("{*}" if cell.flags else "")


def _ends(cell: Cell) -> str:
    if cell.interval is None:
        return ""
    low, high = cell.interval
    return rf"{{\scriptsize [{low:.2f}, {high:.2f}]}}"
