"""A board as plain data: who stands where, in which columns. Knows neither database nor HTML, so that the
live server, its exports and a static site show the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from rvosbench_leaderboard.pages.formats import day, link, percent, plain, rounded
from rvosbench_leaderboard.pages.metadata import FIELDS

ColumnKind = Literal["metric", "number", "text", "link", "date", "mark"]
Status = Literal["ranked", "withdrawn", "disqualified"]
OUT_OF_RANK = frozenset({"withdrawn", "disqualified"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One published submission. `team` is None as long as it wants to be anonymous; `interval` belongs to the
    headline figure; `status` says why an entry is no longer ranked, `reason` in whose words."""

    id: str
    method: str
    team: str | None
    published_at: datetime
    metrics: Mapping[str, float]
    interval: tuple[float, float] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    badges: tuple[str, ...] = ()
    status: Status = "ranked"
    status_at: datetime | None = None
    reason: str = ""
    anonymous_until: datetime | None = None

    @property
    def below(self) -> str:
        """What stands below the method's name."""
        if self.team or self.anonymous_until is None:
            return self.team or "anonymous"
        return f"anonymous until {day(self.anonymous_until)}"


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    kind: ColumnKind
    main: bool = False  # always in sight, also on a phone
    extra: bool = False  # out of sight until it is chosen, where scripts run

    @property
    def numeric(self) -> bool:
        return self.kind in ("metric", "number")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    sort: float | str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Its cells are made when they are looked at: of a long board few people see more than the first rows."""

    entry: Entry
    rank: int | None
    columns: tuple[Column, ...] = ()
    traits: tuple[tuple[str, str], ...] = ()  # by which rows are filtered

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell(self.entry, column) for column in self.columns)

    @property
    def interval(self) -> str:
        ends = self.entry.interval if self.columns else None
        return "" if ends is None else f"{percent(ends[0])} to {percent(ends[1])}"


@dataclass(frozen=True, slots=True)
class Board:
    """`rows` are the ranked entries, best first, then those without a score; `gone` are tombstones."""

    headline: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    gone: tuple[Row, ...]
    facts: tuple[tuple[str, str], ...] = ()
    changed_at: datetime | None = None


def build(entries: Sequence[Entry], metrics: Sequence[str], facts: Sequence[tuple[str, str]] = ()) -> Board:
    """`metrics` in the order in which they are printed; the first one ranks."""
    headline = metrics[0]
    shown = [key for key in metrics if key == headline or any(key in one.metrics for one in entries)]
    columns = (
        *(Column(key, key, "metric", main=key == headline) for key in shown),
        Column("date", "Date", "date"),
        *(
            Column(one.key, one.column, one.kind if one.kind in ("link", "number") else "text")
            for one in FIELDS
            if one.key != "method" and any(one.key in entry.metadata for entry in entries)
        ),
    )
    alive = sorted(
        (one for one in entries if one.status not in OUT_OF_RANK), key=lambda one: _order(one, headline)
    )
    gone = sorted(
        (one for one in entries if one.status in OUT_OF_RANK), key=lambda one: (one.published_at, one.id)
    )
    ranks = _ranks([score(one, headline) for one in alive])
    return Board(
        headline,
        columns,
        tuple(Row(entry, rank, columns) for entry, rank in zip(alive, ranks, strict=True)),
        tuple(Row(entry, None) for entry in gone),
        tuple(facts),
    )


def score(entry: Entry, headline: str) -> float | None:
    """None also for what is no number: it never ranks."""
    value = entry.metrics.get(headline)
    return value if value is not None and math.isfinite(value) else None


def competition_ranks(scores: Sequence[float | None]) -> list[int | None]:
    """The rank of each score, in whatever order they come; the highest first, None for what is no score."""
    order = sorted(
        range(len(scores)),
        key=lambda place: -rounded(scores[place] or 0.0) if scores[place] is not None else math.inf,
    )
    ranks: list[int | None] = [None] * len(scores)
    for place, rank in zip(order, _ranks([scores[place] for place in order]), strict=True):
        ranks[place] = rank
    return ranks


def _order(entry: Entry, headline: str) -> tuple[float, datetime, str]:
    """Best first; of equal printed scores the earlier one first; entries without a score last."""
    value = score(entry, headline)
    return (math.inf if value is None else -rounded(value), entry.published_at, entry.id)


def _ranks(scores: Sequence[float | None]) -> list[int | None]:
    """1, 2, 2, 4: equal printed scores share a rank, and the next one counts how many are before it."""
    ranks: list[int | None] = []
    for place, value in enumerate(scores, start=1):
        before = scores[place - 2] if place > 1 else None
        if value is None:
            ranks.append(None)
        elif before is not None and rounded(before) == rounded(value):
            ranks.append(ranks[-1])
        else:
            ranks.append(place)
    return ranks


def cell(entry: Entry, column: Column) -> Cell:
    if column.kind == "metric":
        value = score(entry, column.key)
        return Cell(percent(value), None if value is None else rounded(value))
    if column.kind == "date":
        return Cell(day(entry.published_at), entry.published_at.timestamp())
    value = entry.metadata.get(column.key)
    if value is None:
        return Cell("")
    if column.kind == "number":
        return Cell(plain(value), value)
    if column.kind == "link":
        return Cell(column.title if link(value) else str(value), str(value), link(value))
    return Cell(str(value), str(value).casefold())
