"""Tables to copy, a line for each row, so that a script can take out and reorder what the board shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rvosbench.report.tables import latex as tex
from rvosbench.report.tables import markdown as md
from rvosbench_leaderboard.site import figures
from rvosbench_leaderboard.site.boards import Board, Row

Escape = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Text:
    """`lines` are pairs of a row's number on the board and its line."""

    head: str
    lines: tuple[tuple[int, str], ...]
    tail: str


def latex(board: Board, dataset: str) -> Text:
    """For a paper: the best figure of each column is bold, what is no method says so."""
    heads = ["Method", *(tex.heading(key) for key in board.metrics)]
    best = _best(board)
    lines = []
    for place, row in enumerate(board.rows):
        cells = [_name(row, tex.escaped)]
        for key in board.metrics:
            text = figures.printed(row.record, key) if key in row.record.metrics else "--"
            cells.append(rf"\textbf{{{text}}}" if (place, key) in best else text)
        lines.append((place, " & ".join(cells) + " \\\\\n"))
    head = "\n".join(
        [
            r"% needs \usepackage{booktabs}",
            rf"\begin{{tabular}}{{l{'r' * len(board.metrics)}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
            r"\midrule",
        ]
    )
    about = tex.escaped(f"{dataset}, {board.title}")
    return Text(f"% {about}\n{head}\n", tuple(lines), "\\bottomrule\n\\end{tabular}\n")


def markdown(board: Board, dataset: str) -> Text:
    heads = ["Method", *map(md.escaped, board.metrics), "Status", "Source"]
    rule = ["---", *["---:"] * len(board.metrics), "---", "---"]
    best = _best(board)
    lines = []
    for place, row in enumerate(board.rows):
        cells = [_name(row, md.escaped)]
        for key in board.metrics:
            text = figures.printed(row.record, key) if key in row.record.metrics else ""
            cells.append(f"**{text}**" if (place, key) in best else text)
        cells += [row.record.status, md.escaped(figures.source(row.record))]
        lines.append((place, f"| {' | '.join(cells)} |\n"))
    head = f"| {' | '.join(heads)} |\n| {' | '.join(rule)} |\n"
    return Text(head, tuple(lines), f"\n{md.escaped(f'{dataset}, {board.title}')}\n")


def bibtex(rows: Sequence[Row]) -> tuple[tuple[tuple[int, ...], str], ...]:
    """Each entry once, with the numbers of the rows that need it."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.record.method.bibtex:
            found.setdefault(row.record.method.bibtex.strip() + "\n\n", []).append(place)
    return tuple((tuple(places), text) for text, places in found.items())


def _best(board: Board) -> frozenset[tuple[int, str]]:
    """Among methods; what prints the same as the best is as good."""
    found = set()
    for key in board.metrics:
        there = [
            (place, row.record.metrics[key])
            for place, row in enumerate(board.rows)
            if row.record.method.kind == "method" and key in row.record.metrics
        ]
        most = max((value for _, value in there), default=None)
        found |= {(place, key) for place, value in there if value == most}
    return frozenset(found)


def _name(row: Row, escaped: Escape) -> str:
    method = row.record.method
    name = ", ".join(part for part in (method.name, method.backbone) if part)
    return escaped(name if method.kind == "method" else f"{name} ({method.kind})")
