"""A phase in the words of its page: when it is open, and how often a team may submit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rvosbench_leaderboard.database.tables import Benchmark, Phase, Track


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    id: str
    slug: str
    title: str
    path: str  # benchmark/track/phase, as commands take it
    opens_at: datetime | None
    closes_at: datetime | None
    state: str
    quota: str
    bytes: int
    visibility: str
    approval: bool
    published: int = 0

    @property
    def open(self) -> bool:
        return self.state == "open"

    @property
    def url(self) -> str:
        return f"/b/{self.path}"


def facts_of(
    benchmark: Benchmark, track: Track, phase: Phase, now: datetime, published: int = 0
) -> PhaseFacts:
    return PhaseFacts(
        id=phase.id,
        slug=phase.slug,
        title=phase.title,
        path=f"{benchmark.slug}/{track.slug}/{phase.slug}",
        opens_at=phase.opens_at,
        closes_at=phase.closes_at,
        state=state_of(phase, now),
        quota=quota_of(phase),
        bytes=phase.bytes,
        visibility=phase.visibility,
        approval=phase.approval,
        published=published,
    )


def state_of(phase: Phase, now: datetime) -> str:
    if phase.closed or (phase.closes_at is not None and now >= phase.closes_at):
        return "closed"
    if phase.opens_at is not None and now < phase.opens_at:
        return "not yet open"
    return "open"


def quota_of(phase: Phase) -> str:
    limits = (
        (phase.per_day, "a day (UTC)"),
        (phase.per_week, "a week"),
        (phase.total, "in all"),
        (phase.concurrent, "at the same time"),
    )
    return ", ".join(f"{most} {words}" for most, words in limits if most is not None) or "no limit"
