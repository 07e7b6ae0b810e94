"""Jobs in the caller's transaction: placed with the submission they are for, or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

VALIDATE, SCORE = "validate", "score"
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LIVE = (WAITING, RUNNING)
ORDINARY, BULK = 0, 10  # priorities: what people wait for, and what a re-score adds


def enqueue(
    session: Session,
    submission: str,
    kind: str,
    now: datetime,
    *,
    scorer: str | None = None,
    priority: int = ORDINARY,
) -> None:
    """Places a job, or makes the one of this kind wait again if it is over. One that is live stays."""
    same = Job.scorer.is_(None) if scorer is None else Job.scorer == scorer
    job = session.scalar(
        select(Job).where(Job.submission == submission, Job.kind == kind, same).with_for_update()
    )
    if job is None:
        session.add(
            Job(
                id=new_id(now),
                submission=submission,
                kind=kind,
                scorer=scorer,
                priority=priority,
                state=WAITING,
                not_before=now,
                created_at=now,
            )
        )
    elif job.state not in LIVE:
        job.state, job.not_before, job.failures, job.error = WAITING, now, 0, None
    session.flush()


def drop(session: Session, submission: str) -> None:
    """Nothing is left to do for it. A worker that is at it will find its lease gone."""
    session.execute(
        update(Job)
        .where(Job.submission == submission, Job.state.in_(LIVE))
        .values(state=DONE, worker=None, lease_until=None, attempt=Job.attempt + 1)
    )


def again(session: Session, submission: str, now: datetime) -> None:
    """From the start."""
    drop(session, submission)
    enqueue(session, submission, VALIDATE, now)


def place(session: Session, submission: str) -> int | None:
    """How many submissions are scored before this one, those at work included; None if it is not waiting."""
    job = session.scalar(
        select(Job).where(Job.submission == submission, Job.state == WAITING).order_by(Job.id)
    )
    if job is None:
        return None
    before = (Job.priority < job.priority) | ((Job.priority == job.priority) & (Job.id < job.id))
    waiting = select(func.count()).where(Job.kind == job.kind, Job.state == WAITING, before)
    running = select(func.count()).where(Job.kind == job.kind, Job.state == RUNNING)
    return (session.scalar(waiting) or 0) + (session.scalar(running) or 0)
