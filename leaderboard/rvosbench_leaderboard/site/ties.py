"""Rows that cannot be told apart: their scores differ by no more than chance, as far as videos tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rvosbench.statistics.bootstrap import bootstrap
from rvosbench.statistics.ratios import LinearFigures
from rvosbench_leaderboard.records.model import Record

ALLOWED = 0.05
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


def differs(one: Record, other: Record) -> bool:
    """By more than chance, over the videos of both, paired. What has other videos can only differ."""
    mine, theirs = one.videos or {}, other.videos or {}
    if set(mine) != set(theirs) or not mine:
        return True
    names = sorted(mine)
    weights = one.weights if one.weights and one.weights == other.weights else dict.fromkeys(names, 1)
    differences = np.array([mine[name] - theirs[name] for name in names], np.float64)
    if not differences.any():
        return False
    units = np.array([weights[name] for name in names], np.float64)
    term = (1.0, differences * units, units)
    found = bootstrap(LinearFigures({"difference": [term]}, np.arange(len(names)), len(names)))
    return found["difference"].p_value() < ALLOWED
