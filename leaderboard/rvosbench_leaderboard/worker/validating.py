"""A validation: from received to queued or rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.phases import quota
from rvosbench_leaderboard.phases.states import State, move, note
from rvosbench_leaderboard.queue import jobs
from rvosbench_leaderboard.queue.engine import LeaseLost
from rvosbench_leaderboard.scoring import messages
from rvosbench_leaderboard.scoring.messages import Request, ScoringFailed
from rvosbench_leaderboard.worker.tracks import place_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.queue.engine import Claim
    from rvosbench_leaderboard.worker.config import WorkerSettings
    from rvosbench_leaderboard.worker.progress import Attempt

WORKER = "worker"


def validate(settings: WorkerSettings, claim: Claim, attempt: Attempt) -> None:
    with settings.database.write() as session:
        submission = locked(session, claim)
        settings.queue.hold(session, claim)
        if submission.state not in (State.RECEIVED, State.VALIDATING):
            settings.queue.finish(session, claim)
            return
        request = _begun(settings, session, submission)
    found = attempt.result(request)
    report = found["report"]
    if not found["accepted"] and report["code"] is None:
        raise ScoringFailed("refused for a reason that no team may be told")
    with settings.database.write() as session:
        submission = locked(session, claim)
        settings.queue.finish(session, claim)
        submission.report = report
        if found["accepted"]:
            move(session, submission, State.QUEUED, actor=WORKER, now=settings.clock())
            jobs.enqueue(session, submission.id, jobs.SCORE, settings.clock())
        else:
            reject(settings, session, submission, report["code"])


def _begun(settings: WorkerSettings, session: Session, submission: Submission) -> Request:
    if submission.state == State.VALIDATING:
        note(session, submission, actor=WORKER, now=settings.clock(), detail="begun again")
    else:
        move(session, submission, State.VALIDATING, actor=WORKER, now=settings.clock())
    place = place_of(session, submission)
    return Request(
        messages.VALIDATE,
        data=settings.data,
        dataset=place.dataset,
        split=place.split,
        protocol=place.protocol,
        limits=settings.validating,
        blob=settings.blobs.path(submission.blob),
        name=submission.name,
    )


def locked(session: Session, claim: Claim) -> Submission:
    """The submission of a job; nobody else changes it until the transaction ends. Locked before the job, as
    by all who change both."""
    submission = session.get(Submission, claim.submission, with_for_update=True)
    if submission is None:
        raise LeaseLost
    return submission


def reject(settings: WorkerSettings, session: Session, submission: Submission, code: str) -> None:
    """Nothing was learnt about the ground truth, so it costs nothing."""
    now = settings.clock()
    move(session, submission, State.REJECTED, actor=WORKER, now=now, detail=code)
    submission.code = code
    quota.settle(session, submission.upload, quota.REFUNDED, now, "rejected")
