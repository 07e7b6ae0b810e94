"""The reconciler: what a crash left behind is put right from the submission rows, which are the truth. Any
worker may do it, as often as it likes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from rvosbench_leaderboard.database.tables import Job, Submission, Upload, Worker
from rvosbench_leaderboard.phases.states import State
from rvosbench_leaderboard.phases.submitting import UPLOADING, expire_upload
from rvosbench_leaderboard.queue import jobs, tickets

if TYPE_CHECKING:
    from rvosbench_leaderboard.blobs.folder import Blobs
    from rvosbench_leaderboard.database.engine import Database

AT_ONCE = 100  # rows of one transaction
FORGOTTEN = timedelta(days=1)  # until a worker that is gone is no longer listed
_WAITS_FOR = (
    ((State.RECEIVED, State.VALIDATING), jobs.VALIDATE),
    ((State.QUEUED, State.SCORING), jobs.SCORE),
)


def sweep(
    database: Database, blobs: Blobs, now: datetime, report: Callable[[str], None] = lambda line: None
) -> int:
    """How much was put right."""
    found = _jobs(database, now, report) + _tickets(database, report) + _uploads(database, blobs, now, report)
    with database.read() as session:
        gone = session.scalar(select(Worker.id).where(Worker.seen_at < now - FORGOTTEN))
    if gone is not None:
        with database.write() as session:
            session.execute(delete(Worker).where(Worker.seen_at < now - FORGOTTEN))
    return found


def _jobs(database: Database, now: datetime, report: Callable[[str], None]) -> int:
    """A submission that waits for work that nobody knows of gets a new job."""
    found = 0
    for states, kind in _WAITS_FOR:
        live = exists().where(Job.submission == Submission.id, Job.kind == kind, Job.state.in_(jobs.LIVE))
        stranded = select(Submission.id).where(Submission.state.in_(states), ~live).limit(AT_ONCE)
        with database.read() as session:
            if session.scalar(stranded) is None:
                continue
        with database.write() as session:
            # Locked, so that of two workers that sweep at once the second finds the job of the first.
            for submission in session.scalars(stranded.with_for_update(skip_locked=True)).all():
                jobs.enqueue(session, submission, kind, now)
                report(f"submission {submission} had no job to {kind} it: placed anew")
                found += 1
    return found


def _tickets(database: Database, report: Callable[[str], None]) -> int:
    """A job that the engine has lost is placed there anew."""
    if database.is_sqlite:
        return 0
    with database.read() as session:
        lost = tickets.missing(session, AT_ONCE)
    for job in lost:
        with database.write() as session:
            row = session.get(Job, job, with_for_update=True)
            if row is None or row.state not in jobs.LIVE or tickets.knows(session, row):
                continue  # another worker was quicker
            row.state, row.worker = jobs.WAITING, None
            tickets.place(session, row)
        report(f"submission {row.submission}: the engine had lost its job to {row.kind} it: placed anew")
    return len(lost)


def _uploads(database: Database, blobs: Blobs, now: datetime, report: Callable[[str], None]) -> int:
    """Uploads that nobody went on with give their slot and their bytes back."""
    late = select(Upload).where(Upload.state == UPLOADING, Upload.expires_at <= now).limit(AT_ONCE)
    with database.read() as session:
        if session.scalar(late) is None:
            return 0
    with database.write() as session:
        expired = session.scalars(late.with_for_update(skip_locked=True)).all()
        for upload in expired:
            expire_upload(session, upload, now=now)
    for upload in expired:
        blobs.remove(upload.blob)
        report(f"upload {upload.id} expired")
    return len(expired)
