"""The queue as a table of leases, for SQLite. Two workers never get the same job: a claim begins with the
right to write."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select, update

from rvosbench_leaderboard.database.tables import Job
from rvosbench_leaderboard.queue.engine import LEASE, Claim, LeaseLost, pause
from rvosbench_leaderboard.queue.jobs import DONE, FAILED, RUNNING, WAITING, held_by

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.database.engine import Database


class LeaseQueue:
    def __init__(self, database: Database, lease: timedelta = LEASE) -> None:
        self._database = database
        self.lease = lease

    def claim(self, kinds: Sequence[str], worker: str, now: datetime) -> Claim | None:
        free = and_(
            Job.kind.in_(kinds),
            or_(
                and_(Job.state == WAITING, Job.not_before <= now),
                and_(Job.state == RUNNING, Job.lease_until < now),
            ),
        )
        first = select(Job).where(free).order_by(Job.priority, Job.id).limit(1)
        with self._database.read() as session:  # most looks find nothing, and need no right to write
            if session.scalar(first) is None:
                return None
        with self._database.write() as session:
            job = session.scalar(first)
            if job is None:
                return None
            job.state, job.worker, job.lease_until = RUNNING, worker, now + self.lease
            job.attempt += 1
            return Claim(job.id, job.submission, job.kind, job.scorer, job.attempt, job.failures, worker)

    def wait(self, kinds: Sequence[str], stopping: threading.Event, seconds: float) -> None:
        stopping.wait(seconds)

    def beat(self, claim: Claim, now: datetime) -> bool:
        with self._database.write() as session:
            extended = (
                update(Job).where(held_by(claim)).values(lease_until=now + self.lease).returning(Job.id)
            )
            return session.scalar(extended) is not None

    def hold(self, session: Session, claim: Claim) -> None:
        if session.scalar(select(Job.id).where(held_by(claim))) is None:
            raise LeaseLost

    def finish(self, session: Session, claim: Claim) -> None:
        over = update(Job).where(held_by(claim)).values(state=DONE, lease_until=None).returning(Job.id)
        if session.scalar(over) is None:
            raise LeaseLost

    def fail(self, session: Session, claim: Claim, error: str, now: datetime) -> bool:
        failures = claim.failures + 1
        rest = None if claim.hopeless else pause(failures)
        values = {
            "state": FAILED if rest is None else WAITING,
            "failures": failures,
            "worker": None,
            "lease_until": None,
            "not_before": now if rest is None else now + rest,
            "error": error,
        }
        if session.scalar(update(Job).where(held_by(claim)).values(**values).returning(Job.id)) is None:
            raise LeaseLost
        return rest is not None

    def release(self, worker: str) -> int:
        freed = (
            update(Job)
            .where(Job.worker == worker, Job.state == RUNNING)
            .values(state=WAITING, worker=None, lease_until=None)
            .returning(Job.id)
        )
        with self._database.write() as session:
            return len(session.scalars(freed).all())
