"""The quota ledger: what a team has used of a phase, and when it may submit again. Days begin at midnight
UTC, weeks on Monday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from rvosbench_leaderboard.database.tables import Phase, Slot, Track
from rvosbench_leaderboard.phases.refusals import TIME, phase_closed, quota_spent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RESERVED, SPENT, REFUNDED = "reserved", "spent", "refunded"


@dataclass(frozen=True, slots=True)
class Limit:
    """`name` as in the definition: per_day, per_week, total, concurrent. `resets_at` is when all of it is
    there again, None if that is no matter of time."""

    name: str
    words: str
    allowed: int
    used: int
    resets_at: datetime | None

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)


@dataclass(frozen=True, slots=True)
class Standing:
    """`next_at` is when the team may submit: `now` if it may, None if that is no matter of time."""

    limits: tuple[Limit, ...]
    now: datetime

    @property
    def exhausted(self) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.limits if not limit.left)

    @property
    def next_at(self) -> datetime | None:
        resets = [limit.resets_at for limit in self.exhausted]
        known = [moment for moment in resets if moment is not None]
        return max(known, default=self.now) if len(known) == len(resets) else None


def day_of(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def week_of(now: datetime) -> datetime:
    day = day_of(now)
    return day - timedelta(days=day.weekday())


def standing(session: Session, phase: Phase, team: str, now: datetime) -> Standing:
    """What counts are slots that were not refunded. Those whose work is not over count for `concurrent`."""
    day, week = day_of(now), week_of(now)
    mine = select(func.count()).where(Slot.team == team, Slot.phase == phase.id, Slot.state != REFUNDED)
    asked = (
        ("per_day", "on one day", phase.per_day, mine.where(Slot.at >= day), day + timedelta(days=1)),
        ("per_week", "in one week", phase.per_week, mine.where(Slot.at >= week), week + timedelta(weeks=1)),
        ("total", "in all", phase.total, mine, None),
        ("concurrent", "at the same time", phase.concurrent, mine.where(Slot.state == RESERVED), None),
    )
    limits = [
        Limit(name, words, allowed, session.scalar(query) or 0, resets)
        for name, words, allowed, query, resets in asked
        if allowed is not None
    ]
    return Standing(tuple(limits), now)


def check(session: Session, phase: Phase, team: str, now: datetime) -> None:
    """Raises what keeps the team from submitting, the limit that lasts longest first."""
    if phase.closed:
        raise phase_closed(phase.title, "it was taken out of the benchmark")
    if phase.opens_at is not None and now < phase.opens_at:
        raise phase_closed(phase.title, f"it opens at {phase.opens_at.strftime(TIME)}")
    if phase.closes_at is not None and now >= phase.closes_at:
        raise phase_closed(phase.title, f"it closed at {phase.closes_at.strftime(TIME)}")
    if session.get_one(Track, phase.track).current_scorer is None:
        later = "a server that was just started looks for it: try again in a minute, or ask the organisers"
        raise phase_closed(phase.title, "the server has not found its ground truth", later)
    found = standing(session, phase, team, now)
    if found.exhausted:
        limit = max(found.exhausted, key=lambda one: (one.name == "total", one.resets_at or now))
        raise quota_spent(phase.title, limit.allowed, limit.words, found.next_at)


def settle(session: Session, upload: str, state: str, now: datetime, reason: str | None = None) -> None:
    """The end of a reservation: spent or refunded. A slot that was settled stays as it is, but that a fault
    of ours found later still gives it back."""
    slot = session.scalar(select(Slot).where(Slot.upload == upload))
    if slot is None or slot.state == state or slot.state == REFUNDED:
        return
    slot.state, slot.state_at, slot.reason = state, now, reason
