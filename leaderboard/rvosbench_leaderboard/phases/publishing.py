"""What teams and organisers do with a submission that has a score. Each function is a part of the caller's
transaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rvosbench_leaderboard.phases.refusals import illegal_move, needs_reason
from rvosbench_leaderboard.phases.states import WITH_SCORE, State, move, note

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from rvosbench_leaderboard.database.tables import Submission


def publish(
    session: Session,
    submission: Submission,
    *,
    actor: str,
    now: datetime,
    anonymous_until: datetime | None = None,
) -> None:
    """Puts it on the board; where the phase wants approval, once an organiser has approved it."""
    session.refresh(submission, with_for_update=True)
    if submission.disqualified_at is not None:
        raise illegal_move("disqualified", State.PUBLISHED)
    move(session, submission, State.PUBLISHED, actor=actor, now=now)
    submission.published_at = now
    submission.anonymous_until = anonymous_until


def withdraw(session: Session, submission: Submission, *, reason: str, actor: str, now: datetime) -> None:
    """Takes it off the board for good. Of one that was published, date and reason stay to be seen."""
    session.refresh(submission, with_for_update=True)
    if not reason.strip():
        raise needs_reason("withdrawal")
    move(session, submission, State.WITHDRAWN, actor=actor, now=now, detail=reason)
    submission.withdrawn_at = now
    submission.withdrawn_reason = reason


def approve(session: Session, submission: Submission, *, actor: str, now: datetime) -> None:
    session.refresh(submission, with_for_update=True)
    if submission.state != State.PUBLISHED:
        raise illegal_move(submission.state, "approved")
    submission.approved_at = now
    note(session, submission, actor=actor, now=now, detail="approved")


def disqualify(session: Session, submission: Submission, *, reason: str, actor: str, now: datetime) -> None:
    """Keeps it from the board, with the reason, until it is reinstated. Costs the slot all the same."""
    session.refresh(submission, with_for_update=True)
    if not reason.strip():
        raise needs_reason("disqualification")
    if State(submission.state) not in WITH_SCORE:
        raise illegal_move(submission.state, "disqualified")
    submission.disqualified_at = now
    submission.disqualified_reason = reason
    note(session, submission, actor=actor, now=now, detail=f"disqualified: {reason}")


def reinstate(session: Session, submission: Submission, *, actor: str, now: datetime) -> None:
    session.refresh(submission, with_for_update=True)
    if submission.disqualified_at is None:
        raise illegal_move(submission.state, "reinstated")
    submission.disqualified_at = None
    submission.disqualified_reason = None
    note(session, submission, actor=actor, now=now, detail="reinstated")
