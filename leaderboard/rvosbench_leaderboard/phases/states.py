"""The states of a submission, and the one table of legal moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from rvosbench_leaderboard.database.tables import Event, Submission
from rvosbench_leaderboard.phases.refusals import illegal_move

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class State(StrEnum):
    RECEIVED = "received"
    VALIDATING = "validating"
    QUEUED = "queued"
    SCORING = "scoring"
    SCORED = "scored"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    FAILED_INTERNAL = "failed_internal"
    CANCELLED = "cancelled"


_S = State
MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        _S.RECEIVED: frozenset({_S.VALIDATING, _S.CANCELLED, _S.FAILED_INTERNAL}),
        _S.VALIDATING: frozenset({_S.QUEUED, _S.REJECTED, _S.RECEIVED, _S.CANCELLED, _S.FAILED_INTERNAL}),
        _S.QUEUED: frozenset({_S.SCORING, _S.CANCELLED, _S.FAILED_INTERNAL}),
        _S.SCORING: frozenset({_S.SCORED, _S.REJECTED, _S.QUEUED, _S.FAILED_INTERNAL}),
        _S.SCORED: frozenset({_S.PUBLISHED, _S.WITHDRAWN}),
        _S.PUBLISHED: frozenset({_S.WITHDRAWN}),
        _S.FAILED_INTERNAL: frozenset({_S.RECEIVED}),
        _S.WITHDRAWN: frozenset(),
        _S.REJECTED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
IN_WORK = frozenset({_S.RECEIVED, _S.VALIDATING, _S.QUEUED, _S.SCORING})
"""Somebody is waiting for the server."""
CANCELLABLE = frozenset(state for state, to in MOVES.items() if _S.CANCELLED in to)
WITH_SCORE = frozenset({_S.SCORED, _S.PUBLISHED, _S.WITHDRAWN})


def begin(session: Session, submission: Submission, actor: str, now: datetime) -> None:
    """The first event of a submission that was just made."""
    _write(session, submission, None, actor, now, None)


def move(
    session: Session,
    submission: Submission,
    to: State,
    *,
    actor: str,
    now: datetime,
    detail: str | None = None,
) -> None:
    """The only way in which a state changes. Each move leaves an event."""
    before = State(submission.state)
    if to not in MOVES[before]:
        raise illegal_move(before, to)
    submission.state = to.value
    submission.state_at = now
    submission.stage = submission.percent = submission.eta_at = None
    _write(session, submission, before, actor, now, detail)


def note(session: Session, submission: Submission, *, actor: str, now: datetime, detail: str) -> None:
    """Something that happened to a submission without changing its state."""
    _write(session, submission, State(submission.state), actor, now, detail)


def _write(
    session: Session,
    submission: Submission,
    before: State | None,
    actor: str,
    now: datetime,
    detail: str | None,
) -> None:
    session.add(
        Event(
            submission=submission.id,
            at=now,
            before=None if before is None else before.value,
            after=submission.state,
            actor=actor,
            detail=detail,
        )
    )
