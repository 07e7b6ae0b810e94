"""What one page shows of a board: sorted and searched by the server, so that pages of a long board need no
script, and a page of it is soon there however long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from rvosbench_leaderboard.pages.board import Board, Column, Row, cell

ROWS = 100  # on a page
LONGEST = 200  # characters that are searched for
RANK = Column("rank", "Rank", "number")
METHOD = Column("method", "Method", "text")


@dataclass(frozen=True, slots=True)
class Asked:
    """As it stands in the address. `sort` is the key of a column, with `-` from the top down; without one the
    board is in the order of its ranks."""

    sort: str = ""
    find: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        page = query.get("page", "")
        return cls(
            query.get("sort", ""),
            " ".join(query.get("find", "").split())[:LONGEST],
            int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        )

    @property
    def key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def query(self) -> str:
        told = {"sort": self.sort, "find": self.find, "page": "" if self.page == 1 else str(self.page)}
        return "?" + urlencode({key: value for key, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class View:
    """`board` with the rows of this page alone; `first` is the place of the first one. `found` of `all` rows
    match."""

    asked: Asked
    board: Board
    all: int
    found: int
    first: int
    pages: int

    @property
    def whole(self) -> bool:
        """Whether a script, too, can sort and search: it knows no more than this page."""
        return len(self.board.rows) == self.all

    @property
    def told(self) -> str:
        if self.pages > 1:
            last = self.first + len(self.board.rows) - 1
            return f"{self.first:,} to {last:,} of {self.found:,}"
        return f"{self.found:,} of {self.all:,}" if self.asked.find else ""

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """The pages that one can go on to."""
        here = self.asked.page
        places = (("First", 1), ("Previous", here - 1), ("Next", here + 1), ("Last", self.pages))
        return tuple(
            (word, self.url(page=page)) for word, page in places if 1 <= page <= self.pages and page != here
        )

    def url(self, **changes: Any) -> str:
        return replace(self.asked, **changes).query

    def order(self, key: str) -> str | None:
        """How a column is sorted, as `aria-sort` has it."""
        if key != (self.asked.key or RANK.key):
            return None
        return "descending" if self.asked.descending else "ascending"

    def sort_url(self, key: str, numeric: bool = False) -> str:
        """Large figures first; the other way around for who is there already."""
        now = self.order(key)
        down = now == "ascending" if now else numeric and key != RANK.key
        sort = f"-{key}" if down else key
        return self.url(sort="" if sort == RANK.key else sort, page=1)


def view_of(board: Board, asked: Asked, size: int = ROWS) -> View:
    columns = {column.key: column for column in (RANK, METHOD, *board.columns)}
    column = columns.get(asked.key)
    rows = _found(board.rows, asked.find)
    if column is None:
        asked = replace(asked, sort="")
    else:
        rows = _sorted(rows, column, descending=asked.descending)
    pages = max(1, -(-len(rows) // size))
    asked = replace(asked, page=min(max(asked.page, 1), pages))
    start = (asked.page - 1) * size
    shown = replace(board, rows=tuple(rows[start : start + size]))
    return View(asked, shown, len(board.rows), len(rows), start + 1, pages)


def _found(rows: Sequence[Row], text: str) -> Sequence[Row]:
    """By what the first cell of a row says."""
    if not text:
        return rows
    wanted = text.casefold()
    return [row for row in rows if wanted in _first_cell(row).casefold()]


def _first_cell(row: Row) -> str:
    return " ".join((row.entry.method, *row.entry.badges, row.entry.below))


def _sorted(rows: Sequence[Row], column: Column, *, descending: bool) -> Sequence[Row]:
    """Rows without a value last, and rows with the same one in the order of their ranks, either way."""
    valued = [(_value(row, column), row) for row in rows]
    some = [one for one in valued if one[0] not in (None, "")]
    some.sort(key=lambda one: one[0], reverse=descending)
    return [row for _, row in some] + [row for value, row in valued if value in (None, "")]


def _value(row: Row, column: Column) -> Any:
    """Of one type in a column, whatever a team has said."""
    if column is RANK:
        return row.rank
    if column is METHOD:
        return row.entry.method.casefold()
    value = cell(row.entry, column).sort
    kind = (int, float) if column.numeric or column.kind == "date" else str
    return value if isinstance(value, kind) else None
