"""What the API answers about benchmarks, phases and boards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rvosbench_leaderboard.web.api.models import Answer


class PhaseAnswer(Answer):
    """`path` is what `rvosbench submit --phase` takes. A limit that is null is none."""

    path: str
    title: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    per_day: int | None
    per_week: int | None
    total: int | None
    concurrent: int | None
    bytes: int
    visibility: str
    approval: bool


class TrackAnswer(Answer):
    """`hidden`: nobody outside has the ground truth, and scores are rounded."""

    slug: str
    title: str
    dataset: str
    split: str
    protocol: str
    hidden: bool
    metrics: list[str]
    phases: list[PhaseAnswer]


class BenchmarkAnswer(Answer):
    slug: str
    title: str
    description: str
    homepage: str | None
    tracks: list[TrackAnswer]


class LimitAnswer(Answer):
    name: str
    allowed: int
    used: int
    left: int
    resets_at: datetime | None


class QuotaAnswer(Answer):
    """Of one of your teams. `next_at` is when it may submit again; null if that is no matter of time."""

    team: str
    name: str
    limits: list[LimitAnswer]
    next_at: datetime | None


class PhaseDetails(PhaseAnswer):
    track: str
    dataset: str
    split: str
    protocol: str
    hidden: bool
    quotas: list[QuotaAnswer]


class BoardAnswer(Answer):
    """Scores are percentages as they are printed, so that nothing finer leaves the server."""

    title: str
    headline: str
    facts: dict[str, str]
    entries: list[dict[str, Any]]


class ServerAnswer(Answer):
    name: str
    version: str
    registration: str
    largest_upload: int
    time: datetime
