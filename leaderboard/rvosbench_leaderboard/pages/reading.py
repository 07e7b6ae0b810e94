"""Submissions as the pages of their teams and organisers tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Score, Submission, Team, Track, User
from rvosbench_leaderboard.pages.formats import told
from rvosbench_leaderboard.pages.standing import figures, method_of
from rvosbench_leaderboard.phases import IN_WORK, State


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in a list. `score` is the key figure, None where there is none to be seen."""

    id: str
    number: int
    method: str
    team: str
    team_id: str
    user: str
    where: str
    track: str
    key: str
    state: str
    code: str | None
    kind: str
    created_at: datetime
    published_at: datetime | None
    approved_at: datetime | None
    disqualified_at: datetime | None
    approval: bool
    score: float | None
    scorer: str | None
    metrics: dict[str, float] = field(default_factory=dict)
    sha256: str | None = None
    vector_hash: str | None = None

    @property
    def shown_state(self) -> str:
        return "disqualified" if self.disqualified_at is not None else self.state

    @property
    def disqualified(self) -> bool:
        return self.disqualified_at is not None

    @property
    def to_approve(self) -> bool:
        published = self.state == State.PUBLISHED and self.disqualified_at is None
        return published and self.approval and self.approved_at is None and self.kind != "baseline"

    @property
    def may_judge(self) -> bool:
        return self.state in (State.SCORED, State.PUBLISHED)


def everything() -> Select[*tuple[Any, ...]]:
    """Submissions with what is around them, and their score by the scorer that counts now."""
    return (
        select(Submission, Team.name, User.name, Phase, Track, Benchmark, Score)
        .join(Team, Team.id == Submission.team)
        .join(User, User.id == Submission.user)
        .join(Phase, Phase.id == Submission.phase)
        .join(Track, Track.id == Phase.track)
        .join(Benchmark, Benchmark.id == Track.benchmark)
        .outerjoin(Score, (Score.submission == Submission.id) & (Score.scorer == Track.current_scorer))
    )


def lines(session: Session, query: Select[*tuple[Any, ...]], *, organiser: bool) -> list[Line]:
    return [line_of(found, organiser=organiser) for found in session.execute(query)]


def line_of(found: Iterable[Any], *, organiser: bool) -> Line:
    submission, team, user, phase, track, benchmark, score = found
    visible = score is not None and sees_scores(phase, organiser=organiser)
    metrics = told(figures(score.metrics)) if visible else {}
    return Line(
        id=submission.id,
        number=submission.number,
        method=method_of(submission),
        team=team,
        team_id=submission.team,
        user=user,
        where=where(benchmark, track, phase),
        track=track.id,
        key=track.key_metric,
        state=submission.state,
        code=submission.code,
        kind=submission.kind,
        created_at=submission.created_at,
        published_at=submission.published_at,
        approved_at=submission.approved_at,
        disqualified_at=submission.disqualified_at,
        approval=phase.approval,
        score=metrics.get(track.key_metric),
        scorer=score.scorer if visible else None,
        metrics=metrics,
        sha256=submission.sha256,
        vector_hash=None if score is None else score.vector_hash,
    )


def sees_scores(phase: Phase, *, organiser: bool) -> bool:
    return organiser or phase.visibility != "organisers"


def where(benchmark: Benchmark, track: Track, phase: Phase) -> str:
    return f"{benchmark.title}: {track.title}, {phase.title}"


def is_moving(submission: Submission) -> bool:
    return State(submission.state) in IN_WORK
