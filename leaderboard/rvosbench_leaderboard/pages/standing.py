"""From the tables to a board: what is published in a phase, scored by the scorer that counts now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Score, Scorer, Submission, Team, Track
from rvosbench_leaderboard.pages import board
from rvosbench_leaderboard.pages.board import Board, Entry, Status
from rvosbench_leaderboard.pages.phase_facts import quota_of

UNNAMED = "without a name"


def board_of(session: Session, track: Track, phase: Phase, now: datetime) -> Board:
    rows = session.execute(
        select(Submission, Team.name, Score)
        .join(Team, Team.id == Submission.team)
        .outerjoin(Score, (Score.submission == Submission.id) & (Score.scorer == track.current_scorer))
        .where(Submission.phase == phase.id, *PUBLISHED)
    ).all()
    rescored = _rescored(session, track, phase)
    entries = [
        entry_of(submission, team, score, track, now, rescored=submission.id in rescored)
        for submission, team, score in rows
        if submission.approved_at is not None or not phase.approval or submission.kind == "baseline"
    ]
    built = board.build(entries, metrics_of(track))
    facts = tuple(_facts(session, track, phase, entries))
    return replace(built, facts=facts, changed_at=_changed_at(session, track, rows))


PUBLISHED = (Submission.published_at.is_not(None), Submission.state.in_(("published", "withdrawn")))

ON_BOARD = (
    Submission.state == "published",
    Submission.disqualified_at.is_(None),
    Submission.approved_at.is_not(None) | ~Phase.approval | (Submission.kind == "baseline"),
)
"""What is ranked: of submissions joined with their phases."""


def metrics_of(track: Track) -> list[str]:
    """The key metric first: it ranks."""
    return [track.key_metric, *(key for key in track.metrics if key != track.key_metric)]


def entry_of(
    submission: Submission, team: str, score: Score | None, track: Track, now: datetime, *, rescored: bool
) -> Entry:
    badges = [*(["baseline"] if submission.kind == "baseline" else []), *(["re-scored"] if rescored else [])]
    hidden_name = submission.anonymous_until is not None and now < submission.anonymous_until
    status, status_at, reason = _status(submission)
    return Entry(
        id=submission.id,
        method=method_of(submission),
        team=None if hidden_name else team,
        published_at=submission.published_at or submission.created_at,
        metrics={} if score is None else figures(score.metrics),
        interval=None if score is None else interval_of(score, track.key_metric),
        metadata=submission.details,
        badges=tuple(badges),
        status=status,
        status_at=status_at,
        reason=reason,
        anonymous_until=submission.anonymous_until if hidden_name else None,
    )


def method_of(submission: Submission) -> str:
    return str(submission.details.get("method") or "").strip() or UNNAMED


def figures(metrics: dict[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}


def interval_of(score: Score, metric: str) -> tuple[float, float] | None:
    given = score.intervals.get(metric)
    if isinstance(given, dict):
        given = [given.get("low"), given.get("high")]
    if not isinstance(given, list | tuple) or len(given) != 2 or None in given:
        return None
    return float(given[0]), float(given[1])


def _status(submission: Submission) -> tuple[Status, datetime | None, str]:
    if submission.disqualified_at is not None:
        return "disqualified", submission.disqualified_at, submission.disqualified_reason or ""
    if submission.withdrawn_at is not None:
        return "withdrawn", submission.withdrawn_at, submission.withdrawn_reason or ""
    return "ranked", None, ""


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


def _rescored(session: Session, track: Track, phase: Phase) -> set[str]:
    """Those with scores of more than one scorer that the board has shown."""
    return set(
        session.scalars(
            select(Score.submission)
            .join(Submission, Submission.id == Score.submission)
            .join(Scorer, Scorer.id == Score.scorer)
            .where(Submission.phase == phase.id, was_shown(track))
            .group_by(Score.submission)
            .having(func.count() > 1)
        )
    )


def _facts(session: Session, track: Track, phase: Phase, entries: list[Entry]) -> Iterable[tuple[str, str]]:
    scorer = session.get(Scorer, track.current_scorer) if track.current_scorer else None
    submitted = session.scalar(select(func.count()).where(Submission.phase == phase.id)) or 0
    yield "Data", f"{track.dataset}, split {track.split}"
    yield "Ground truth", "hidden" if track.hidden else "public; all entries are scored here alike"
    yield "Protocol", track.protocol
    yield "Ranked by", f"{track.key_metric}; entries with the same printed score share a rank"
    if any(entry.interval for entry in entries):
        yield "Interval", "95 %, resampled by video; in small figures below the score"
    yield "Scoring version", "–" if scorer is None else str(scorer.scoring_version)  # noqa: RUF001
    yield "Quota of a team", quota_of(phase)
    ranked = sum(entry.status == "ranked" for entry in entries)
    yield "Entries", f"{ranked} on the board of {submitted} submitted"


def _changed_at(session: Session, track: Track, rows: Iterable[Any]) -> datetime | None:
    """When the board last became another one: by an entry, a judgement, or a switch of scorers."""
    scorer = session.get(Scorer, track.current_scorer) if track.current_scorer else None
    times = [None if scorer is None else scorer.shown_at]
    for submission, _, score in rows:
        times += [submission.state_at, submission.approved_at, submission.disqualified_at]
        times.append(None if score is None else score.created_at)
    return max((time for time in times if time is not None), default=None)


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
