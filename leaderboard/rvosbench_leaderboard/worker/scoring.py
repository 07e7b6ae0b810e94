"""A scoring: from queued to scored. The state and the score are written together, or neither is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Score, Submission, Track
from rvosbench_leaderboard.phases import quota, rescore
from rvosbench_leaderboard.phases.states import WITH_SCORE, State, move, note
from rvosbench_leaderboard.scoring import messages
from rvosbench_leaderboard.scoring.messages import Facts, Request, ScoringFailed
from rvosbench_leaderboard.worker.tracks import found_before, keep, place_of
from rvosbench_leaderboard.worker.validating import WORKER, locked, reject

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.queue.engine import Claim
    from rvosbench_leaderboard.worker.config import WorkerSettings
    from rvosbench_leaderboard.worker.progress import Attempt


def score(settings: WorkerSettings, claim: Claim, attempt: Attempt) -> None:
    with settings.database.write() as session:
        submission = locked(session, claim)
        settings.queue.hold(session, claim)
        wanted = (State.QUEUED, State.SCORING) if claim.scorer is None else WITH_SCORE
        if State(submission.state) not in wanted:
            settings.queue.finish(session, claim)
            return
        request = _begun(settings, session, submission, claim)
    found = attempt.result(request)
    with settings.database.write() as session:
        submission = locked(session, claim)
        settings.queue.finish(session, claim)
        if found["accepted"]:
            _write(settings, session, submission, claim, found)
        elif claim.scorer is None:
            _refuse(settings, session, submission, found["report"])
        else:
            detail = f"{rescore.REFUSED_BY_ANOTHER}: {found['report']['code']}"
            note(session, submission, actor=WORKER, now=settings.clock(), detail=detail)


def _begun(settings: WorkerSettings, session: Session, submission: Submission, claim: Claim) -> Request:
    if submission.state == State.SCORING:
        note(session, submission, actor=WORKER, now=settings.clock(), detail="begun again")
    elif claim.scorer is None:
        move(session, submission, State.SCORING, actor=WORKER, now=settings.clock())
    place = place_of(session, submission)
    return Request(
        messages.SCORE,
        data=settings.data,
        dataset=place.dataset,
        split=place.split,
        protocol=place.protocol,
        limits=settings.scoring,
        blob=settings.blobs.path(submission.blob),
        name=submission.name,
        processes=settings.processes,
    )


def _write(
    settings: WorkerSettings,
    session: Session,
    submission: Submission,
    claim: Claim,
    found: Mapping[str, Any],
) -> None:
    now = settings.clock()
    scorer = _scorer(session, place_of(session, submission), found, now)
    if claim.scorer is not None and scorer != claim.scorer:
        raise ScoringFailed("this worker scores by another version, or has another ground truth")
    if session.scalar(select(Score.id).where(Score.submission == submission.id, Score.scorer == scorer)):
        raise ScoringFailed("it has a score of this scorer")
    session.add(
        Score(
            id=new_id(now),
            submission=submission.id,
            scorer=scorer,
            metrics=found["metrics"],
            intervals=found["intervals"],
            attributes=found["attributes"],
            flags=found["flags"],
            vector_hash=found["vector_hash"],
            seconds=found["seconds"],
            created_at=now,
        )
    )
    if claim.scorer is None:
        move(session, submission, State.SCORED, actor=WORKER, now=now)
        quota.settle(session, submission.upload, quota.SPENT, now)
    else:
        note(session, submission, actor=WORKER, now=now, detail=rescore.SCORED_BY_ANOTHER)


def _scorer(session: Session, track: Track, found: Mapping[str, Any], now: datetime) -> str:
    """The one that has just scored: of this version, on this ground truth. Where that was replaced since the
    worker looked, it is as new as after a restart."""
    facts = Facts(found["dataset_fingerprint"], found["scoring_version"], found["config_hash"])
    return found_before(session, track.id, facts) or keep(session, track.id, facts, now)


def _refuse(
    settings: WorkerSettings, session: Session, submission: Submission, report: Mapping[str, Any]
) -> None:
    """What only shows when every mask is decoded, such as a damaged file."""
    if report["code"] is None:
        raise ScoringFailed("refused for a reason that no team may be told")
    submission.report = dict(submission.report or {}) | dict(report)
    reject(settings, session, submission, report["code"])
