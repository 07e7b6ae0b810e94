"""What stands on a board, and what is told of it, for all pages that speak of scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Scorer, Submission, Track

UNNAMED = "without a name"

IN_PUBLIC = (Submission.published_at.is_not(None), Submission.state.in_(("published", "withdrawn")))

ON_BOARD = (
    Submission.state == "published",
    Submission.disqualified_at.is_(None),
    Submission.approved_at.is_not(None) | ~Phase.approval | (Submission.kind == "baseline"),
)
"""What is ranked: of submissions joined with their phases."""


def metrics_of(track: Track) -> list[str]:
    """The key metric first: it ranks."""
    return [track.key_metric, *(key for key in track.metrics if key != track.key_metric)]


def method_of(submission: Submission) -> str:
    return method_in(submission.details)


def method_in(details: Mapping[str, Any]) -> str:
    return str(details.get("method") or "").strip() or UNNAMED


def figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in metrics.items() if isinstance(value, (int, float))}


def interval_of(intervals: Mapping[str, Any], metric: str) -> tuple[float, float] | None:
    given = intervals.get(metric)
    if isinstance(given, dict):
        given = [given.get("low"), given.get("high")]
    if not isinstance(given, list | tuple) or len(given) != 2 or None in given:
        return None
    return float(given[0]), float(given[1])


def about(scorer: Scorer, before: Scorer | None) -> str:
    """What tells it from the one before it, without anything made of the ground truth, such as a
    fingerprint."""
    words = [f"scoring version {scorer.scoring_version}"]
    if before is not None and scorer.dataset_fingerprint != before.dataset_fingerprint:
        words.append("new ground truth")
    if before is not None and scorer.config_hash != before.config_hash:
        words.append("new settings of the protocol")
    return ", ".join(words)


def was_shown(track: Track) -> ColumnElement[bool]:
    """Scorers that are or were those of the board. What others give is for organisers alone until the switch:
    it would be one more reading of the ground truth."""
    return Scorer.shown_at.is_not(None) | (Scorer.id == track.current_scorer)


def published_counts(session: Session, benchmark: Benchmark) -> dict[str, int]:
    """How many stand on the board of each phase, by its id."""
    return dict(
        session.execute(
            select(Submission.phase, func.count())
            .join(Phase, Phase.id == Submission.phase)
            .join(Track, Track.id == Phase.track)
            .where(Track.benchmark == benchmark.id, *ON_BOARD)
            .group_by(Submission.phase)
        ).all()
    )
