"""What happened to a submission, in words: moves by the state that they led to, the rest by its note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Event
from rvosbench_leaderboard.phases import rescore
from rvosbench_leaderboard.phases.states import State


@dataclass(frozen=True, slots=True)
class Happened:
    words: str
    at: datetime


def happened(session: Session, submission: str, *, organiser: bool) -> list[Happened]:
    """The oldest first. Organisers alone are told of work for a scorer that the board may never show."""
    events = session.scalars(select(Event).where(Event.submission == submission).order_by(Event.at, Event.id))
    return [
        Happened(_words(one), one.at)
        for one in events
        if organiser or not rescore.tells_of_another_scorer(one.detail)
    ]


def _words(event: Event) -> str:
    after = "failed, our fault" if event.after == State.FAILED_INTERNAL else event.after
    if event.detail is None:
        return after
    return event.detail if event.before == event.after else f"{after}: {event.detail}"
