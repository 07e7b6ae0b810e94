"""The queue on PostgreSQL: procrastinate's tables, functions and queries, called on our connections. So a job
is placed in the transaction of its submission, and finished in the one that writes the score. Times are those
of the database, whatever the clocks of the workers say."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from procrastinate.sql import queries
from sqlalchemy import select, text, update

from rvosbench_leaderboard.database.tables import Job
from rvosbench_leaderboard.queue import tickets
from rvosbench_leaderboard.queue.bell import Bell
from rvosbench_leaderboard.queue.engine import LEASE, Claim, LeaseLost, pause
from rvosbench_leaderboard.queue.jobs import DONE, FAILED, LIVE, RUNNING, WAITING, held_by

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.database.engine import Database

LOOK_EVERY = 1.0  # seconds between two looks for workers that are silent
_ANY_DUE = text(
    """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE status = 'todo' AND queue_name = ANY(:kinds) AND (scheduled_at IS NULL OR scheduled_at <= now())
    )
    """
)
_HOLDERS = text(
    """
    SELECT worker_id FROM procrastinate_jobs
    WHERE status = 'doing' AND worker_id IS NOT NULL
        AND id IN (SELECT ticket FROM jobs WHERE worker = :worker AND state = 'running')
    """
)
_LOCK_HOLDER = text("SELECT id FROM procrastinate_workers WHERE id = :holder FOR UPDATE")
_LOCK_HELD = text(
    "SELECT id FROM procrastinate_jobs WHERE worker_id = :holder AND status = 'doing' FOR UPDATE"
)
_LOCK_NOBODYS = text(
    """
    SELECT id FROM procrastinate_jobs
    WHERE id = :ticket AND status = 'doing' AND worker_id IS NULL
    FOR UPDATE SKIP LOCKED
    """
)
_RETRY = text(
    """
    SELECT procrastinate_retry_job_v2(
        :ticket, now() + make_interval(secs => :seconds), CAST(NULL AS integer), CAST(NULL AS varchar),
        CAST(NULL AS varchar)
    )
    """
)


class ProcrastinateQueue:
    """Each claim is a worker of its own to the engine. So its heartbeat is that of one job: a job that its
    worker forgot, while it goes on with others, is given back like that of a dead one."""

    def __init__(self, database: Database, lease: timedelta = LEASE) -> None:
        self._database = database
        self._lease = lease.total_seconds()
        self._next_look = 0.0
        self._bell = Bell(database.engine.url)

    def claim(self, kinds: Sequence[str], worker: str, now: datetime) -> Claim | None:
        self._look_for_silent()
        while self._is_any_due(kinds):
            with self._database.write() as session:
                holder = _run(session, "register_worker")[0].worker_id
                found = _run(session, "fetch_job", queues=list(kinds), worker_id=holder)[0]
                job = None if found.id is None else _job_of(session, found)
                if job is not None:
                    job.state, job.worker = RUNNING, worker
                    job.attempt += 1
                    return Claim(
                        job.id,
                        job.submission,
                        job.kind,
                        job.scorer,
                        job.attempt,
                        job.failures,
                        worker,
                        holder,
                    )
                if found.id is not None:  # nobody wants it done any more
                    tickets.end(session, found.id, tickets.ABORTED)
                _unregister(session, holder)
        return None

    def wait(self, kinds: Sequence[str], stopping: threading.Event, seconds: float) -> None:
        self._bell.wait(kinds, stopping, seconds)

    def beat(self, claim: Claim, now: datetime) -> bool:
        try:
            with self._database.write() as session:
                self._held(session, claim)
                _run(session, "update_heartbeat", worker_id=claim.holder)
        except LeaseLost:
            return False
        return True

    def hold(self, session: Session, claim: Claim) -> None:
        self._held(session, claim)

    def finish(self, session: Session, claim: Claim) -> None:
        tickets.end(session, self._held(session, claim), tickets.SUCCEEDED)
        _unregister(session, claim.holder)
        session.execute(update(Job).where(Job.id == claim.job).values(state=DONE))

    def fail(self, session: Session, claim: Claim, error: str, now: datetime) -> bool:
        ticket = self._held(session, claim)
        failures = claim.failures + 1
        rest = None if claim.hopeless else pause(failures)
        if rest is None:
            tickets.end(session, ticket, tickets.FAILED)
        else:
            session.execute(_RETRY, {"ticket": ticket, "seconds": rest.total_seconds()})
        _unregister(session, claim.holder)
        values = {
            "state": FAILED if rest is None else WAITING,
            "failures": failures,
            "worker": None,
            "not_before": now if rest is None else now + rest,
            "error": error,
        }
        session.execute(update(Job).where(Job.id == claim.job).values(**values))
        return rest is not None

    def release(self, worker: str) -> int:
        with self._database.write() as session:
            holders = session.scalars(_HOLDERS, {"worker": worker}).all()
            for holder in holders:
                _unregister(session, holder)
            self._give_back(session)
        return len(holders)

    def _is_any_due(self, kinds: Sequence[str]) -> bool:
        with self._database.read() as session:  # most looks find nothing
            return bool(session.scalar(_ANY_DUE, {"kinds": list(kinds)}))

    def _held(self, session: Session, claim: Claim) -> int:
        """The engine's number of the job. Nobody else gets it until the transaction ends."""
        fence = select(Job.id).where(held_by(claim)).with_for_update()
        if session.scalar(_LOCK_HOLDER, {"holder": claim.holder}) is not None:
            ticket = session.scalar(_LOCK_HELD, {"holder": claim.holder})
            if ticket is not None and session.scalar(fence.where(Job.ticket == ticket)) is not None:
                return int(ticket)
        raise LeaseLost

    def _look_for_silent(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_EVERY
        with self._database.read() as session:
            if not self._stalled(session):
                return
        with self._database.write() as session:
            self._give_back(session)

    def _give_back(self, session: Session) -> None:
        """The engine forgets workers that are silent, and a heartbeat that comes too late finds itself
        forgotten. Jobs of nobody wait again."""
        _run(session, "prune_stalled_workers", seconds_since_heartbeat=self._lease)
        for row in self._stalled(session):
            if session.scalar(_LOCK_NOBODYS, {"ticket": row.id}) is None:
                continue
            session.execute(_RETRY, {"ticket": row.id, "seconds": 0.0})
            held = update(Job).where(Job.ticket == row.id, Job.state == RUNNING)
            session.execute(held.values(state=WAITING, worker=None))

    def _stalled(self, session: Session) -> Sequence[Row[Any]]:
        return _run(
            session,
            "select_stalled_jobs_by_heartbeat",
            seconds_since_heartbeat=self._lease,
            queue=None,
            task_name=None,
        )


def _run(session: Session, query: str, **values: Any) -> Sequence[Row[Any]]:
    """One of procrastinate's own."""
    return session.connection().exec_driver_sql(queries[query], values).all()


def _unregister(session: Session, holder: int | None) -> None:
    _run(session, "unregister_worker", worker_id=holder)


def _job_of(session: Session, found: Row[Any]) -> Job | None:
    wanted = select(Job).where(Job.id == found.args.get("job"), Job.ticket == found.id, Job.state.in_(LIVE))
    return session.scalar(wanted.with_for_update())
