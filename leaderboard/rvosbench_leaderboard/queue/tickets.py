"""Jobs as procrastinate, the engine on PostgreSQL, keeps them: placed and taken away in the caller's
transaction, by the functions of its schema. Whoever locks several rows locks them in this order: the
submission, the engine's worker, the engine's job, our job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.database.tables import Job

_PLACE = text(
    """
    SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[ROW(
        CAST(:kind AS varchar), CAST(:task AS varchar), CAST(:priority AS integer), CAST(:job AS text),
        CAST(:job AS text), CAST(:args AS jsonb), CAST(NULL AS timestamptz)
    )]::procrastinate_job_to_defer_v1[]))
    """
)
_LEFT = text(
    """
    SELECT id FROM procrastinate_jobs
    WHERE (queueing_lock = :job AND status = 'todo') OR (lock = :job AND status = 'doing')
    FOR UPDATE
    """
)
_OF_SUBMISSION = text(
    """
    SELECT id FROM procrastinate_jobs
    WHERE id IN (SELECT ticket FROM jobs WHERE submission = :submission) AND status IN ('todo', 'doing')
    FOR UPDATE
    """
)
_END = text("SELECT procrastinate_finish_job_v1(:ticket, CAST(:end AS procrastinate_job_status), true)")
_MISSING = text(
    """
    SELECT id FROM jobs
    WHERE state IN ('waiting', 'running') AND NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE id = jobs.ticket AND status IN ('todo', 'doing')
    )
    ORDER BY id LIMIT :most
    """
)
_KNOWN = text("SELECT id FROM procrastinate_jobs WHERE id = :ticket AND status IN ('todo', 'doing')")
SUCCEEDED, FAILED, ABORTED = "succeeded", "failed", "aborted"


def needed(session: Session) -> bool:
    """SQLite has no engine beside our own table."""
    return session.get_bind().dialect.name != "sqlite"


def place(session: Session, job: Job) -> None:
    """What is left of an earlier attempt goes: a job stands in the engine once."""
    for ticket in session.scalars(_LEFT, {"job": job.id}).all():
        end(session, ticket, ABORTED)
    values = {
        "kind": job.kind,
        "task": f"rvosbench.{job.kind}",
        "priority": -job.priority,  # there the highest comes first
        "job": job.id,
        "args": json.dumps({"job": job.id, "submission": job.submission}),
    }
    job.ticket = session.scalar(_PLACE, values)


def drop(session: Session, submission: str) -> None:
    for ticket in session.scalars(_OF_SUBMISSION, {"submission": submission}).all():
        end(session, ticket, ABORTED)


def end(session: Session, ticket: int, how: str) -> None:
    """It leaves the engine; what came of it stands in our row."""
    session.execute(_END, {"ticket": ticket, "end": how})


def missing(session: Session, most: int) -> list[str]:
    """Jobs to be done that the engine does not know: somebody took them out of it by hand."""
    return list(session.scalars(_MISSING, {"most": most}))


def knows(session: Session, job: Job) -> bool:
    return session.scalar(_KNOWN, {"ticket": job.ticket}) is not None
