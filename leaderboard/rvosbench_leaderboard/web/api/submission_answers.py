"""From rows to what a team, or an organiser, is told of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rvosbench.errors import Severity
from rvosbench_leaderboard.database.tables import (
    Benchmark,
    Member,
    Phase,
    Score,
    Scorer,
    Submission,
    Team,
    Track,
)
from rvosbench_leaderboard.pages.reading import is_moving, sees_scores
from rvosbench_leaderboard.pages.scores import duration_of
from rvosbench_leaderboard.pages.standing import figures, interval_of, metrics_of
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.web.api.submission_models import (
    ReportAnswer,
    ScoreAnswer,
    StateAnswer,
    SubmissionAnswer,
    SubmissionLine,
)

HIDDEN_DIGITS = 4  # of a fraction: a hundredth of a percent
MOST_LINES = 500


def mine(session: Session, user: str, phase: str | None, team: str | None, most: int) -> list[SubmissionLine]:
    """Those of the person's teams, the newest first."""
    query = _rows().where(Submission.team.in_(select(Member.team).where(Member.user == user)))
    if phase is not None:
        query = query.where(Submission.phase == phase)
    if team is not None:
        query = query.where(Submission.team == team)
    query = query.order_by(Submission.id.desc()).limit(min(most, MOST_LINES))
    return [
        SubmissionLine(**_line(session, row, team_name, found_phase, track, benchmark))
        for row, team_name, found_phase, track, benchmark in session.execute(query)
    ]


def state_of(session: Session, submission: str) -> StateAnswer:
    return StateAnswer(**_state(session, session.get_one(Submission, submission, populate_existing=True)))


def whole(session: Session, submission: str, *, organiser: bool) -> SubmissionAnswer:
    row, team, phase, track, benchmark = session.execute(_rows().where(Submission.id == submission)).one()
    visible = sees_scores(phase, organiser=organiser)
    score = session.scalar(
        select(Score).where(Score.submission == row.id, Score.scorer == track.current_scorer)
    )
    told = score if visible else None
    return SubmissionAnswer(
        **_line(session, row, team, phase, track, benchmark),
        sha256=row.sha256,
        details=row.details,
        report=_report(row.report),
        scores={} if told is None else _scores(told, track),
        scoring_version=None if told is None else session.get_one(Scorer, told.scorer).scoring_version,
        duration=None if told is None else duration_of(told),
        approved=row.approved_at is not None or not phase.approval,
        withdrawn_reason=row.withdrawn_reason,
        disqualified_reason=row.disqualified_reason,
        anonymous_until=row.anonymous_until,
    )


def _rows() -> Select[Submission, str, Phase, Track, Benchmark]:
    return (
        select(Submission, Team.name, Phase, Track, Benchmark)
        .join(Team, Team.id == Submission.team)
        .join(Phase, Phase.id == Submission.phase)
        .join(Track, Track.id == Phase.track)
        .join(Benchmark, Benchmark.id == Track.benchmark)
    )


def _state(session: Session, row: Submission) -> dict[str, Any]:
    return {
        "state": row.state,
        "stage": row.stage,
        "percent": row.percent,
        "eta": row.eta_at,
        "queue_place": jobs.place(session, row.id) if is_moving(row) else None,
        "code": row.code,
    }


def _line(
    session: Session, row: Submission, team: str, phase: Phase, track: Track, benchmark: Benchmark
) -> dict[str, Any]:
    return _state(session, row) | {
        "id": row.id,
        "phase": f"{benchmark.slug}/{track.slug}/{phase.slug}",
        "team": team,
        "number": row.number,
        "name": row.name,
        "size": row.size,
        "created_at": row.created_at,
        "state_at": row.state_at,
        "published_at": row.published_at,
        "disqualified": row.disqualified_at is not None,
    }


def _scores(score: Score, track: Track) -> dict[str, ScoreAnswer]:
    known = figures(score.metrics)
    answers = {}
    for key in metrics_of(track):
        if key not in known:
            continue
        low, high = interval_of(score.intervals, key) or (None, None)
        answers[key] = ScoreAnswer(
            value=_told(known[key], track) or 0.0, low=_told(low, track), high=_told(high, track)
        )
    return answers


def _told(value: float | None, track: Track) -> float | None:
    return round(value, HIDDEN_DIGITS) if value is not None and track.hidden else value


def _report(report: Mapping[str, Any] | None) -> ReportAnswer | None:
    if report is None:
        return None
    problems = report.get("problems", [])
    return ReportAnswer(
        accepted=not any(one["severity"] == Severity.ERROR for one in problems),
        form=report.get("form"),
        counts=report.get("counts", {}),
        problems=problems,
    )
