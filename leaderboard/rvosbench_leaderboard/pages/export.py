"""A board as CSV and JSON. A cell that a spreadsheet would run as a formula is made text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from rvosbench_leaderboard.pages.board import Board, Entry, Row, score
from rvosbench_leaderboard.pages.formats import day, link, rounded, stamp, when
from rvosbench_leaderboard.pages.metadata import FIELDS

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LEADS = ("rank", "method", "team", "anonymous_until", "badges", "status", "reason", "date")


def as_json(board: Board, title: str) -> dict[str, Any]:
    """Scores are percentages as they are printed, so that nothing finer than the page leaves the server."""
    return _head(board, title) | {"entries": list(_records(board))}


def as_json_text(board: Board, title: str) -> bytes:
    """The same as text. An entry at a time: 10,000 of them are many objects to hold at once."""
    entries = b",".join(map(to_json, _records(board)))
    return b'%b,"entries":[%b]}' % (to_json(_head(board, title)).removesuffix(b"}"), entries)


def _head(board: Board, title: str) -> dict[str, Any]:
    facts = dict(board.facts) | ({"Last change": when(board.changed_at)} if board.changed_at else {})
    return {"title": title, "headline": board.headline, "facts": facts}


def as_csv(board: Board) -> str:
    metrics = _metrics(board)
    told = [field.key for field in FIELDS if field.key != "method"]
    ends = (f"{board.headline} low", f"{board.headline} high")
    head = (*_LEADS, *metrics, *ends, *told)
    return table((head, *(_line(record, metrics, told) for record in _records(board))))


def _line(record: Mapping[str, Any], metrics: Iterable[str], told: Iterable[str]) -> tuple[object, ...]:
    return (
        *(record[key] if key != "badges" else " ".join(record[key]) for key in _LEADS),
        *(record["scores"].get(key) for key in metrics),
        *(record["interval"] or (None, None)),
        *(record["metadata"].get(key) for key in told),
    )


def table(lines: Iterable[Sequence[object]]) -> str:
    """RFC 4180, in which nothing is a formula; numbers stay numbers."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows(list(_cells(line)) for line in lines)
    return file.getvalue()


def _cells(line: Sequence[object]) -> Iterator[object]:
    for cell in line:
        if isinstance(cell, str) and cell.startswith(_FORMULA):
            yield f"'{cell}"
        else:
            yield "" if cell is None else cell


def _records(board: Board) -> Iterator[dict[str, Any]]:
    metrics = _metrics(board)
    return (_record(row, metrics) for row in (*board.rows, *board.gone))


def _metrics(board: Board) -> list[str]:
    return [column.key for column in board.columns if column.kind == "metric"]


def _record(row: Row, metrics: Sequence[str]) -> dict[str, Any]:
    entry = row.entry
    ranked = entry.status == "ranked"
    return {
        "id": entry.id,
        "rank": row.rank,
        "method": entry.method,
        "team": entry.team,
        "anonymous_until": day(entry.anonymous_until) if entry.anonymous_until else None,
        "badges": list(entry.badges),
        "status": entry.status,
        "reason": entry.reason or None,
        "date": stamp(entry.published_at),
        "scores": {key: _score(entry, key) for key in metrics} if ranked else {},
        "interval": [rounded(end) for end in entry.interval] if ranked and entry.interval else None,
        "metadata": _told(entry.metadata) if ranked else {},
    }


def _score(entry: Entry, metric: str) -> float | None:
    value = score(entry, metric)
    return None if value is None else rounded(value)


def _told(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the form alone, in their order; addresses only if they lead to the web."""
    return {
        field.key: metadata[field.key]
        for field in FIELDS
        if field.key in metadata
        and field.key != "method"
        and (field.kind != "link" or link(metadata[field.key]))
    }
