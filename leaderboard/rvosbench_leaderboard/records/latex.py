"""Records as a LaTeX table like those of papers: a heading over the columns of each dataset."""

from __future__ import annotations

from rvosbench.datasets import base
from rvosbench.report.tables.latex import escaped, heading
from rvosbench_leaderboard.records.grid import Cell, Grid, Row
from rvosbench_leaderboard.records.model import BoardKey


def as_latex(table: Grid) -> str:
    text_columns = 1 + len(table.about)
    methods = [_row(row) for row in table.rows if row.kind == "method"]
    others = [_row(row) for row in table.rows if row.kind != "method"]
    heads = ["Method", *table.about, *(heading(column.metric) for column in table.columns)]
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{escaped(' '.join(table.notes))}}}",
        rf"\begin{{tabular}}{{{'l' * text_columns}{'r' * len(table.columns)}}}",
        r"\toprule",
        *_over(table, text_columns),
        " & ".join(heads) + r" \\",
        r"\midrule",
        *methods,
        *([r"\midrule"] if methods and others else []),
        *others,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


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


def _row(row: Row) -> str:
    name = escaped(row.name) if row.kind == "method" else rf"\textit{{{escaped(row.name)}}} ({row.kind})"
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
    return rf"{{\scriptsize [{cell.interval[0]}, {cell.interval[1]}]}}" if cell.interval else ""
