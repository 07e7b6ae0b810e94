"""Records as the rows and columns of a paper's table: one row for each method as it was trained, one column
for each metric of each board."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rvosbench.metrics.base import Direction
from rvosbench.metrics.catalogue import ALL
from rvosbench_leaderboard.records.chance import differs
from rvosbench_leaderboard.records.checks import CONTRADICTIONS, DISAGREES
from rvosbench_leaderboard.records.model import SECOND_HAND, BoardKey, Flag, Record
from rvosbench_leaderboard.records.rows import PARAMETERS, TRAINABLE, millions

_ABOUT: Sequence[tuple[str, Callable[[Record], str]]] = (
    ("Venue", lambda one: one.method.published),
    ("Backbone", lambda one: one.method.backbone),
    ("Training", lambda one: one.method.training),
)
_COUNTS: Sequence[tuple[str, Callable[[Record], int | None]]] = (
    (PARAMETERS, lambda one: one.method.parameters),
    (TRAINABLE, lambda one: one.method.trainable),
)
FPS = "FPS"


@dataclass(frozen=True, slots=True)
class Column:
    """`board` is None of what is a fact of the method."""

    board: BoardKey | None
    metric: str

    @property
    def higher_is_better(self) -> bool:
        return next((one.direction is Direction.UP for one in ALL if one.key == self.metric), True)


@dataclass(frozen=True, slots=True)
class Cell:
    """`tied`: no more than chance lies between it and the best of the column. `flags` are texts."""

    text: str = ""
    best: bool = False
    tied: bool = False
    interval: tuple[float, float] | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """`again`: another record has the same method, backbone and training."""

    name: str
    about: tuple[str, ...]
    cells: tuple[Cell, ...]
    kind: str = "method"
    again: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """What a reader must know of the row, unless its name says it."""
        kind = self.kind if self.kind != "method" and self.kind not in self.name else ""
        return tuple(filter(None, (kind, "again" if self.again else "")))


@dataclass(frozen=True, slots=True)
class Grid:
    """`about` heads the columns of text; those that are empty in all rows are left out. The first note says
    where the figures are from."""

    about: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def boards(self) -> tuple[tuple[BoardKey | None, int], ...]:
        """With their numbers of columns, in order."""
        found: dict[BoardKey | None, int] = {}
        for column in self.columns:
            found[column.board] = found.get(column.board, 0) + 1
        return tuple(found.items())


def grid(records: Iterable[Record], *, ranked: bool, again: Collection[str] = ()) -> Grid:
    """`ranked`: best first by the first metric, and what is no method below; else as the records come.
    `again` are ids of records that say again what another one says: they win nothing."""
    groups = _groups(records)
    columns = _columns([one for group in groups for one in group])
    if ranked and columns:
        groups.sort(key=lambda group: (_apart(group), *_rank(group, columns[0]), _is_again(group, again)))
    about = [(head, of) for head, of in _ABOUT if any(of(one) for group in groups for one in group)]
    competing = [one for one in groups if not _apart(one) and not _is_again(one, again)]
    best = {column: _best(competing, column) for column in columns}
    rows = tuple(
        Row(
            group[0].method.name,
            tuple(of(group[0]) for _, of in about),
            tuple(_cell(group, column, best[column] if group in competing else None) for column in columns),
            group[0].method.kind,
            _is_again(group, again),
        )
        for group in groups
    )
    return Grid(tuple(head for head, _ in about), columns, rows, _notes(groups, rows))


def _groups(records: Iterable[Record]) -> list[list[Record]]:
    """Records of one printed row; of those without, of one method trained in one way. Two of one board never
    share a row, so that no figure is lost."""
    found: dict[tuple[object, ...], list[Record]] = {}
    for one in records:
        method, source = one.method, one.source
        row = (source.row,) if source.row is not None else (method.id, method.backbone, method.training)
        number = 0
        while any(
            other.board == one.board for other in found.get((source.paper, source.table, row, number), ())
        ):
            number += 1
        found.setdefault((source.paper, source.table, row, number), []).append(one)
    return list(found.values())


def _columns(records: Sequence[Record]) -> tuple[Column, ...]:
    facts = [Column(None, name) for name, of in _COUNTS if any(of(one) is not None for one in records)]
    if any(one.method.fps is not None for one in records):
        facts.append(Column(None, FPS))
    boards: dict[BoardKey, dict[str, None]] = {}
    for one in records:
        if one.board is not None:
            boards.setdefault(one.board, {}).update(dict.fromkeys(one.printed))
    figures = (Column(board, metric) for board, metrics in boards.items() for metric in metrics)
    return (*facts, *figures) if not boards else (*figures, *facts)


def _found(group: Sequence[Record], column: Column) -> tuple[Record, str] | None:
    for one in group:
        text = _text(one, column)
        if text is not None:
            return one, text
    return None


def _text(record: Record, column: Column) -> str | None:
    if column.board is not None:
        return record.printed.get(column.metric) if record.board == column.board else None
    if column.metric == FPS:
        return None if record.method.fps is None else repr(record.method.fps)
    count = dict(_COUNTS)[column.metric](record)
    return None if count is None else str(millions(count))


def _rank(group: Sequence[Record], column: Column) -> tuple[int, Decimal]:
    found = _found(group, column)
    if found is None:
        return 1, Decimal(0)
    value = Decimal(found[1])
    return 0, -value if column.higher_is_better else value


def _best(groups: Sequence[Sequence[Record]], column: Column) -> tuple[Record, str] | None:
    """Of those that are ranked; facts win nothing."""
    there = [found for group in groups if (found := _found(group, column)) is not None]
    if not there or column.board is None:
        return None
    chosen = max if column.higher_is_better else min
    return chosen(there, key=lambda one: Decimal(one[1]))


def _cell(group: Sequence[Record], column: Column, best: tuple[Record, str] | None) -> Cell:
    found = _found(group, column)
    if found is None:
        return Cell()
    record, text = found
    is_best = best is not None and Decimal(text) == Decimal(best[1])
    return Cell(
        text,
        best=is_best,
        tied=best is not None and not is_best and _tied(record, best[0], column),
        interval=record.intervals.get(column.metric) if column.board else None,
        flags=tuple(flag.text for flag in record.flags if column.board and _is_about(flag, column.metric)),
    )


def _apart(group: Sequence[Record]) -> bool:
    return group[0].method.kind != "method"


def _is_again(group: Sequence[Record], again: Collection[str]) -> bool:
    return any(one.id in again for one in group)


def _is_about(flag: Flag, metric: str) -> bool:
    """Whether it casts doubt on this figure; what is second-hand is so in all of them."""
    named = flag.code in (*CONTRADICTIONS, DISAGREES) and metric in re.split(r"[\s,]+", flag.text)
    return named or flag.code == SECOND_HAND


def _tied(one: Record, best: Record, column: Column) -> bool:
    """Scores of videos are those of the headline metric, so they say nothing of other columns."""
    is_headline = column.metric == next(iter(one.printed), None)
    return is_headline and bool(one.videos) and bool(best.videos) and not differs(one, best)


def _notes(groups: Sequence[Sequence[Record]], rows: Sequence[Row]) -> tuple[str, ...]:
    sources = dict.fromkeys(
        ", ".join(filter(None, (one.source.paper, one.source.table))) + f" ({one.status})"
        for group in groups
        for one in group
    )
    notes = ["Figures from " + "; ".join(sources) + "."]
    if any(cell.tied for row in rows for cell in row.cells):
        notes.append("\N{DAGGER}: no more than chance lies between it and the best (p >= 0.05, over videos).")
    if any(row.again for row in rows):
        notes.append("(again): another row has the same method, backbone and training.")
    flags = dict.fromkeys(f"{row.name}: {text}" for row in rows for cell in row.cells for text in cell.flags)
    return (*notes, *(f"* {text}" for text in flags))
