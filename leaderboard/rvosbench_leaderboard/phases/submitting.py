"""From the wish to submit to a submission in the queue. Each function is a part of the caller's
transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Phase, Slot, Submission, Team, Upload
from rvosbench_leaderboard.phases import quota
from rvosbench_leaderboard.phases.refusals import illegal_move, storage_full, too_large
from rvosbench_leaderboard.phases.states import State, begin, move
from rvosbench_leaderboard.queue import jobs

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

UPLOADING, RECEIVED, EXPIRED, CANCELLED = "uploading", "received", "expired", "cancelled"
LIFETIME = timedelta(hours=24)
AFTER_THE_END = timedelta(hours=1)  # in which an upload that began before its phase closed may be completed
FLOOR = 256 << 20  # bytes of the disk that uploads leave alone


def reserve(
    session: Session,
    phase: Phase,
    team: str,
    user: str,
    *,
    name: str,
    size: int,
    sha256: str | None,
    now: datetime,
    free: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> Upload:
    """Takes a slot of the quota and makes the upload that uses it, or raises why not. `free` is the room on
    the disk for uploads; what others have announced is set aside. Call it inside `Database.write`."""
    if not 0 < size <= phase.bytes:
        raise too_large(phase.title, size, phase.bytes)
    session.execute(select(Team.id).where(Team.id == team).with_for_update())  # one request after another
    quota.check(session, phase, team, now)
    if free is not None:
        announced = int(session.scalar(select(func.sum(Upload.size)).where(Upload.state == UPLOADING)) or 0)
        if size * 1.1 + announced + FLOOR > free:
            raise storage_full(size)
    key = new_id(now)
    upload = Upload(
        id=key,
        phase=phase.id,
        team=team,
        user=user,
        name=name,
        size=size,
        sha256=sha256,
        blob=key,
        details=dict(details or {}),
        created_at=now,
        touched_at=now,
        expires_at=_expiry(phase, now),
        state=UPLOADING,
    )
    session.add(upload)
    session.flush()
    mine = select(func.max(Slot.number)).where(Slot.team == team, Slot.phase == phase.id)
    session.add(
        Slot(
            id=new_id(now),
            team=team,
            phase=phase.id,
            number=(session.scalar(mine) or 0) + 1,
            upload=key,
            at=now,
            state=quota.RESERVED,
            state_at=now,
        )
    )
    session.flush()
    return upload


def received(session: Session, upload: Upload, *, sha256: str, now: datetime) -> Submission:
    """All bytes are in the blob store, and their checksum was compared: makes the submission and its first
    job. Asked twice, it gives the same submission."""
    session.refresh(upload, with_for_update=True)
    if upload.state == RECEIVED:
        return session.scalars(select(Submission).where(Submission.upload == upload.id)).one()
    if upload.state != UPLOADING:
        raise illegal_move(upload.state, RECEIVED)
    slot = session.scalars(select(Slot).where(Slot.upload == upload.id)).one()
    upload.state = RECEIVED
    upload.touched_at = now
    submission = Submission(
        id=new_id(now),
        phase=upload.phase,
        team=upload.team,
        user=upload.user,
        upload=upload.id,
        number=slot.number,
        name=upload.name,
        state=State.RECEIVED.value,
        state_at=now,
        created_at=now,
        blob=upload.blob,
        size=upload.size,
        sha256=sha256,
        details=upload.details,
    )
    session.add(submission)
    session.flush()
    begin(session, submission, upload.user, now)
    jobs.enqueue(session, submission.id, jobs.VALIDATE, now)
    return submission


def refund(session: Session, submission: Submission, reason: str, now: datetime) -> None:
    """Gives the slot of a submission back."""
    quota.settle(session, submission.upload, quota.REFUNDED, now, reason)


def cancel(session: Session, submission: Submission, *, actor: str, now: datetime) -> None:
    """By its team, while it is not being scored. Costs nothing."""
    session.refresh(submission, with_for_update=True)
    move(session, submission, State.CANCELLED, actor=actor, now=now)
    refund(session, submission, "cancelled", now)
    jobs.drop(session, submission.id)


def cancel_upload(session: Session, upload: Upload, *, now: datetime) -> None:
    """An upload that is given up. Its file is to be removed by the caller, after the transaction."""
    _end_upload(session, upload, CANCELLED, now)


def expire_upload(session: Session, upload: Upload, *, now: datetime) -> None:
    """An upload that nobody went on with in time."""
    _end_upload(session, upload, EXPIRED, now)


def _end_upload(session: Session, upload: Upload, state: str, now: datetime) -> None:
    session.refresh(upload, with_for_update=True)
    if upload.state != UPLOADING:
        raise illegal_move(upload.state, state)
    upload.state = state
    quota.settle(session, upload.id, quota.REFUNDED, now, state)


def touch(session: Session, upload: Upload, now: datetime) -> None:
    """Bytes came in: the time to expiry begins anew."""
    upload.touched_at = now
    upload.expires_at = _expiry(session.get_one(Phase, upload.phase), now)


def _expiry(phase: Phase, now: datetime) -> datetime:
    """Whoever begins in time may complete what was announced, and does not win days by it."""
    expiry = now + LIFETIME
    return expiry if phase.closes_at is None else min(expiry, phase.closes_at + AFTER_THE_END)


def retry(session: Session, submission: Submission, *, actor: str, now: datetime) -> None:
    """By an organiser: from the start, after a failure that was the server's fault."""
    session.refresh(submission, with_for_update=True)
    move(session, submission, State.RECEIVED, actor=actor, now=now, detail="tried again")
    submission.code = None
    jobs.again(session, submission.id, now)
