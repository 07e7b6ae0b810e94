"""Scores over time as a line, drawn on the server so that it needs no script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rvosbench_leaderboard.pages.formats import percent
from rvosbench_leaderboard.pages.reading import Line

WIDTH, HEIGHT = 640, 160
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 16, 140


@dataclass(frozen=True, slots=True)
class History:
    where: str
    label: str
    points: tuple[tuple[float, float, str], ...]
    least: str
    most: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = BOTTOM


def histories(lines: Iterable[Line]) -> list[History]:
    """One for each phase with at least two scores, in the order in which they came in."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if line.score is not None:
            groups.setdefault(line.where, []).append(line)
    return [_drawn(name, group) for name, group in sorted(groups.items()) if len(group) > 1]


def _drawn(name: str, group: list[Line]) -> History:
    ordered = sorted(group, key=lambda line: (line.created_at, line.id))
    scores = [line.score or 0.0 for line in ordered]
    low, high = min(scores), max(scores)
    span = (high - low) or 1.0
    step = (WIDTH - LEFT - RIGHT) / (len(scores) - 1)
    points = tuple(
        (
            round(LEFT + place * step, 1),
            round(BOTTOM - (score - low) / span * (BOTTOM - TOP), 1),
            f"{line.method}, number {line.number}: {percent(score)}",
        )
        for place, (line, score) in enumerate(zip(ordered, scores, strict=True))
    )
    label = (
        f"{ordered[0].key} of {len(scores)} submissions, from {percent(scores[0])} to {percent(scores[-1])}"
    )
    return History(name, label, points, percent(low), percent(high))
