"""Rows that cannot be told apart: their scores differ by no more than chance, as far as videos tell."""

from __future__ import annotations

from collections.abc import Sequence

from rvosbench_leaderboard.records.chance import differs
from rvosbench_leaderboard.records.model import Record

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ties(ranked: Sequence[Record]) -> dict[str, str]:
    """Record id -> the letter of its group, of those that share one. `ranked` are the records of one board,
    best first. A group begins with its best, and goes on as long as the next does not differ from that."""
    scored = [record for record in ranked if record.videos]
    groups: list[list[Record]] = []
    for record in scored:
        if groups and not differs(groups[-1][0], record):
            groups[-1].append(record)
        else:
            groups.append([record])
    shared = [group for group in groups if len(group) > 1]
    return {
        record.id: _LETTERS[place % len(_LETTERS)] * (1 + place // len(_LETTERS))
        for place, group in enumerate(shared)
        for record in group
    }
