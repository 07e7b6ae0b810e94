"""Tables to copy, a line for each row, so that a script can take out and reorder what the board shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rvosbench.report.tables import latex as tex
from rvosbench.report.tables import markdown as md
from rvosbench_leaderboard.records.latex import NEEDS, text_column
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board, Row


@dataclass(frozen=True, slots=True)
class Text:
    """`lines` are pairs of a row's number on the board and its line. Between cells is `between`; those from
    number `first` to `last` are figures, and the best one of a column stands between `before` and `after`."""

    head: str
    lines: tuple[tuple[int, str], ...]
    tail: str
    between: str
    before: str
    after: str
    first: int
    last: int


def latex(board: Board, dataset: str) -> Text:
    """For a paper: the best figure of each column is bold, what is no method says so."""
    trained = [figures.training(row.record) for row in board.rows]
    names = [_name(row) for row in board.rows]
    about = [("Method", names), *([("Training", trained)] if any(trained) else [])]
    heads = [*(head for head, _ in about), *(tex.heading(key) for key in board.metrics)]
    best = _best(board)
    lines = []
    for place, row in enumerate(board.rows):
        cells = [tex.escaped(texts[place]) for _, texts in about]
        for key in board.metrics:
            text = figures.printed(row.record, key) if key in row.record.metrics else "--"
            cells.append(rf"\textbf{{{text}}}" if (place, key) in best else text)
        lines.append((place, " & ".join(cells) + " \\\\\n"))
    columns = "".join(text_column(head, texts) for head, texts in about) + "r" * len(board.metrics)
    head = [
        f"% {tex.escaped(f'{dataset}, {board.title}')}",
        NEEDS,
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(heads) + r" \\",
        r"\midrule",
    ]
    last = len(about) + len(board.metrics) - 1
    tail = "\\bottomrule\n\\end{tabular}\n"
    return Text("\n".join(head) + "\n", tuple(lines), tail, " & ", r"\textbf{", "}", len(about), last)


def markdown(board: Board, dataset: str) -> Text:
    heads = ["Method", *map(md.escaped, board.metrics), "Status", "Source"]
    rule = ["---", *["---:"] * len(board.metrics), "---", "---"]
    best = _best(board)
    lines = []
    for place, row in enumerate(board.rows):
        cells = [md.escaped(_name(row))]
        for key in board.metrics:
            text = figures.printed(row.record, key) if key in row.record.metrics else ""
            cells.append(f"**{text}**" if (place, key) in best else text)
        cells += [row.record.status, md.escaped(figures.source(row.record))]
        lines.append((place, f"| {' | '.join(cells)} |\n"))
    head = f"| {' | '.join(heads)} |\n| {' | '.join(rule)} |\n"
    tail = f"\n{md.escaped(f'{dataset}, {board.title}')}\n"
    return Text(head, tuple(lines), tail, " | ", "**", "**", 1, len(board.metrics))


def bibtex(rows: Sequence[Row]) -> tuple[tuple[tuple[int, ...], str], ...]:
    """Each entry once, with the numbers of the rows that need it."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.record.method.bibtex:
            found.setdefault(row.record.method.bibtex.strip() + "\n\n", []).append(place)
    return tuple((tuple(places), text) for text, places in found.items())


def without_bibtex(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names of the methods of which no entry is known."""
    methods = (row.record.method for row in rows)
    return tuple(dict.fromkeys(one.name for one in methods if one.kind == "method" and not one.bibtex))


def _best(board: Board) -> frozenset[tuple[int, str]]:
    """Of the rows that compete; what prints the same as the best is as good."""
    found = set()
    for key in board.metrics:
        there = [
            (place, row.record.metrics[key])
            for place, row in enumerate(board.rows)
            if row.competes and key in row.record.metrics
        ]
        most = max((value for _, value in there), default=None)
        found |= {(place, key) for place, value in there if value == most}
    return frozenset(found)


def _name(row: Row) -> str:
    method = row.record.method
    name = ", ".join(part for part in (method.name, method.backbone) if part)
    kind = method.kind if method.kind != "method" and method.kind not in name else ""
    marks = filter(None, (kind, "again" if row.again else ""))
    return " ".join([name, *(f"({mark})" for mark in marks)])
