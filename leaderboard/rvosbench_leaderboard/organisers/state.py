"""How the server does, in numbers: workers, jobs, submissions, and what has stood still for too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Job, Submission, Upload, Worker
from rvosbench_leaderboard.phases import IN_WORK

ALIVE = timedelta(minutes=1)
EXPECTED = timedelta(hours=6)  # in one state; what lasts longer is looked at


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    id: str
    host: str
    started_at: datetime
    seen_at: datetime
    job: str | None
    isolation: str
    kinds: str
    alive: bool


@dataclass(frozen=True, slots=True)
class ServerState:
    workers: tuple[WorkerFacts, ...]
    jobs: tuple[tuple[str, int], ...]
    submissions: tuple[tuple[str, int], ...]
    uploading: int
    stuck: Sequence[Submission]

    @property
    def alive(self) -> int:
        return sum(worker.alive for worker in self.workers)


def look(session: Session, now: datetime) -> ServerState:
    workers = session.scalars(
        select(Worker).where(Worker.seen_at > now - timedelta(days=1)).order_by(Worker.host, Worker.id)
    )
    jobs = session.execute(select(Job.state, func.count()).group_by(Job.state).order_by(Job.state))
    states = session.execute(
        select(Submission.state, func.count()).group_by(Submission.state).order_by(Submission.state)
    )
    stuck = session.scalars(
        select(Submission)
        .where(Submission.state.in_([one.value for one in IN_WORK]), Submission.state_at < now - EXPECTED)
        .order_by(Submission.state_at)
        .limit(50)
    ).all()
    return ServerState(
        tuple(_worker(one, now) for one in workers),
        tuple(jobs),
        tuple(states),
        session.scalar(select(func.count()).where(Upload.state == "uploading")) or 0,
        stuck,
    )


def _worker(row: Worker, now: datetime) -> WorkerFacts:
    gaps = row.isolation.get("gaps") or []
    told = "; ".join([str(row.isolation.get("means", "not known")), *map(str, gaps)])
    kinds = " and ".join(map(str, row.isolation.get("kinds") or ["everything"]))
    alive = now - row.seen_at < ALIVE
    return WorkerFacts(row.id, row.host, row.started_at, row.seen_at, row.job, told, kinds, alive)
