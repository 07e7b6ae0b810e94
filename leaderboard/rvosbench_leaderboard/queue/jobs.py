"""Jobs in the caller's transaction: placed with the submission they are for, or not at all. These rows say
what is to be done and what came of it; on PostgreSQL procrastinate says who does it when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Job
from rvosbench_leaderboard.queue import tickets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.queue.engine import Claim

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
        job = Job(
            id=new_id(now),
            submission=submission,
            kind=kind,
            scorer=scorer,
            priority=priority,
            state=WAITING,
            not_before=now,
            created_at=now,
        )
        session.add(job)
    elif job.state in LIVE:
        return
    else:
        job.state, job.not_before, job.failures, job.error = WAITING, now, 0, None
    if tickets.needed(session):
        tickets.place(session, job)
    session.flush()


def drop(session: Session, submission: str) -> None:
    """Nothing is left to do for it. A worker that is at it will find its lease gone."""
    if tickets.needed(session):
        tickets.drop(session, submission)
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
    earlier = Job.id < job.id if job.ticket is None else Job.ticket < job.ticket
    before = or_(Job.priority < job.priority, and_(Job.priority == job.priority, earlier))
    waiting = select(func.count()).where(Job.kind == job.kind, Job.state == WAITING, before)
    running = select(func.count()).where(Job.kind == job.kind, Job.state == RUNNING)
    return (session.scalar(waiting) or 0) + (session.scalar(running) or 0)


def held_by(claim: Claim) -> ColumnElement[bool]:
    """Nobody else has had the job since. The number of the attempt is the fence."""
    return and_(
        Job.id == claim.job,
        Job.attempt == claim.attempt,
        Job.state == RUNNING,
        Job.worker == claim.worker,
    )
