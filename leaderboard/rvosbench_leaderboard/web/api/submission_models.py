"""What the API takes and answers about submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from rvosbench_leaderboard.web.api.models import Answer, ProblemAnswer, Taken


class ScoreAnswer(Answer):
    """A fraction; of hidden ground truth rounded to a hundredth of a percent. `low` and `high` are the
    ends of the interval, where there is one."""

    value: float
    low: float | None
    high: float | None


class ReportAnswer(Answer):
    """The verdict of the validation. `counts` says what was looked at."""

    accepted: bool
    form: str | None
    counts: dict[str, int]
    problems: list[ProblemAnswer]


class StateAnswer(Answer):
    """Where a submission is. `queue_place` is how many are before it; `percent` and `eta` are of the
    stage."""

    state: str
    stage: str | None
    percent: float | None
    eta: datetime | None
    queue_place: int | None
    code: str | None


class SubmissionLine(StateAnswer):
    id: str
    phase: str
    team: str
    number: int
    name: str
    size: int
    created_at: datetime
    state_at: datetime
    published_at: datetime | None
    disqualified: bool


class SubmissionAnswer(SubmissionLine):
    """`scores` is empty before there are any, and where the phase shows them to organisers alone.
    `duration` is coarse on purpose."""

    sha256: str | None
    details: dict[str, Any]
    report: ReportAnswer | None
    scores: dict[str, ScoreAnswer]
    scoring_version: int | None
    duration: str | None
    approved: bool
    withdrawn_reason: str | None
    disqualified_reason: str | None
    anonymous_until: datetime | None


class PublishRequest(Taken):
    anonymous_until: datetime | None = None


class WithdrawRequest(Taken):
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class DescribeRequest(Taken):
    """What the team says of its method, in the fields of the form."""

    details: dict[str, Annotated[str, Field(max_length=300)] | float | None]
