"""Submissions of different teams that are the same: equal files, or equal scores of every single item. Told
to organisers alone; nobody is judged by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rvosbench_leaderboard.pages.reading import Line


@dataclass(frozen=True, slots=True)
class Twins:
    why: str
    members: tuple[Line, ...]


def twins(lines: Iterable[Line]) -> list[Twins]:
    """Equal files first; those with equal scores only where the files differ."""
    rows = list(lines)
    same_file = _groups(rows, lambda line: line.sha256)
    told = {member.id for group in same_file for member in group}
    same_scores = _groups([row for row in rows if row.id not in told], lambda line: line.vector_hash)
    return [
        *(Twins("the same file", group) for group in same_file),
        *(Twins("the same score of every item", group) for group in same_scores),
    ]


def _groups(rows: Iterable[Line], key: Callable[[Line], str | None]) -> list[tuple[Line, ...]]:
    keyed = sorted((key(row) or "", row.created_at, row.id, row) for row in rows if key(row))
    groups = [tuple(row for *_, row in group) for _, group in groupby(keyed, key=lambda one: one[0])]
    return [group for group in groups if len({row.team for row in group}) > 1]
