"""All submissions of a track under another scorer: a new version of the scoring, or mended ground truth. Old
scores stay; the board goes over to the new ones at once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, exists, func, select

from rvosbench_leaderboard.database.tables import Job, Phase, Score, Scorer, Submission, Track
from rvosbench_leaderboard.phases.refusals import illegal_move
from rvosbench_leaderboard.phases.states import WITH_SCORE
from rvosbench_leaderboard.queue import jobs

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SCORED_BY_ANOTHER = "scored by a new scorer"
REFUSED_BY_ANOTHER = "a new scorer refused it"


@dataclass(frozen=True, slots=True)
class Progress:
    """`refused`: the new scorer would not take it, or failed three times; such a submission has no new
    score."""

    done: int
    left: int
    refused: int


@dataclass(frozen=True, slots=True)
class Change:
    """One submission before and after, in fractions; None where there is no score."""

    submission: str
    team: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def scorers(session: Session, track: Track) -> list[Scorer]:
    """All that workers have found, in that order."""
    found = select(Scorer).where(Scorer.track == track.id).order_by(Scorer.created_at, Scorer.id)
    return list(session.scalars(found))


def usable(session: Session, track: Track) -> str | None:
    """The scorer that the worker which was started last has. Nobody could score with another one: its ground
    truth or version is gone."""
    last = select(Scorer.id).where(Scorer.track == track.id, Scorer.found_at.is_not(None))
    return session.scalar(last.order_by(Scorer.found_at.desc(), Scorer.id.desc()).limit(1))


def start(session: Session, track: Track, scorer: str, *, now: datetime) -> int:
    """Places a job for every submission without a score of this scorer; how many. Asked again, it goes on
    with those that were refused or came in since. What people wait for is scored first."""
    if _own(session, track, scorer).id != usable(session, track):
        raise illegal_move("a scorer that no worker has any more", "used to score")
    waiting = select(Submission.id).where(_of(track), ~_has(scorer)).order_by(Submission.id)
    found = session.scalars(waiting).all()
    for submission in found:
        jobs.enqueue(session, submission, jobs.SCORE, now, scorer=scorer, priority=jobs.BULK)
    return len(found)


def progress(session: Session, track: Track, scorer: str) -> Progress:
    live = exists().where(Job.submission == Submission.id, Job.scorer == scorer, Job.state.in_(jobs.LIVE))
    everything = select(func.count()).select_from(Submission).where(_of(track))
    done = session.scalar(everything.where(_has(scorer))) or 0
    left = session.scalar(everything.where(~_has(scorer), live)) or 0
    return Progress(done, left, (session.scalar(everything) or 0) - done - left)


def diff(session: Session, track: Track, scorer: str) -> list[Change]:
    """Every submission of the track, those first whose key metric changes most."""
    before, after = (_scores(session, one) for one in (track.current_scorer, scorer))
    found = [
        Change(submission.id, submission.team, before.get(submission.id), after.get(submission.id))
        for submission in session.scalars(select(Submission).where(_of(track)))
    ]

    def size(change: Change) -> float:
        if change.before is None or change.after is None:
            return float("inf")
        key = track.key_metric
        return abs(float(change.after.get(key, 0.0)) - float(change.before.get(key, 0.0)))

    return sorted(found, key=lambda change: (-size(change), change.submission))


def switch(session: Session, track: Track, scorer: str, *, now: datetime) -> None:
    """From the next moment on, the scores of this scorer are those of the board. Not while any is still to
    come; going back is a switch to the old one."""
    session.refresh(track, with_for_update=True)
    chosen = _own(session, track, scorer)
    left = progress(session, track, scorer).left
    if left:
        raise illegal_move(f"not scored {left} more times by the new scorer", "switched")
    track.current_scorer = chosen.id
    chosen.shown_at = now
    track.dataset_fingerprint = chosen.dataset_fingerprint


def tells_of_another_scorer(detail: str | None) -> bool:
    """Of the notes of a submission, those that its team must not read before the switch."""
    return (detail or "").startswith((SCORED_BY_ANOTHER, REFUSED_BY_ANOTHER))


def _scores(session: Session, scorer: str | None) -> dict[str, dict[str, Any]]:
    found = session.scalars(select(Score).where(Score.scorer == scorer))
    return {score.submission: score.metrics for score in found}


def _of(track: Track) -> ColumnElement[bool]:
    own = select(Phase.id).where(Phase.track == track.id)
    return Submission.phase.in_(own) & Submission.state.in_([state.value for state in WITH_SCORE])


def _has(scorer: str) -> ColumnElement[bool]:
    return exists().where(Score.submission == Submission.id, Score.scorer == scorer)


def _own(session: Session, track: Track, scorer: str) -> Scorer:
    found = session.get(Scorer, scorer)
    if found is None or found.track != track.id:
        raise illegal_move("a scorer of another track", "used here")
    return found
