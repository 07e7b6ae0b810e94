"""Submissions of one's own teams: where they are, what came of them, and what is to become of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from rvosbench.errors import Code, Problem
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Submission
from rvosbench_leaderboard.pages import metadata
from rvosbench_leaderboard.phases.states import note
from rvosbench_leaderboard.web.api.shared import Shared, new_router, with_tag
from rvosbench_leaderboard.web.api.submission_answers import MOST_LINES, mine, whole
from rvosbench_leaderboard.web.api.submission_models import (
    DescribeRequest,
    PublishRequest,
    SubmissionAnswer,
    SubmissionLine,
    WithdrawRequest,
)
from rvosbench_leaderboard.web.refusal import Refusal, bad_request, not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role
from rvosbench_leaderboard.web.security.subjects import phase_query
from rvosbench_leaderboard.web.services import Services

router = new_router("submissions")

Read = Annotated[Granted, Depends(Allow("submission.read"))]
Change = Annotated[Granted, Depends(Allow("submission.change"))]


@router.get("/submissions")
def list_submissions(
    services: Shared,
    granted: Annotated[Granted, Depends(Allow("submission.list"))],
    phase: Annotated[str | None, Query(max_length=200)] = None,
    team: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 100,
) -> list[SubmissionLine]:
    """Those of your teams, the newest first; of one phase (benchmark/track/phase) or one team if asked."""
    with services.database.read() as session:
        phase_id = None
        if phase is not None:
            slugs = phase.split("/")
            row = session.execute(phase_query(*slugs)).one_or_none() if len(slugs) == 3 else None
            if row is None:
                raise not_there("phase")
            phase_id = row[0].id
        return mine(session, granted.user, phase_id, team, limit)


@router.get("/submissions/{submission}", response_model=SubmissionAnswer)
def show_submission(request: Request, submission: str, services: Shared, granted: Read) -> Response:
    """All that is known of one submission. Has an ETag."""
    return with_tag(request, _answer(services, granted))


@router.patch("/submissions/{submission}")
def describe(submission: str, services: Shared, wanted: DescribeRequest, granted: Change) -> SubmissionAnswer:
    """Say what the method is: name, paper, code, parameters. Replaces what was said before."""
    if unknown := sorted(set(wanted.details) - set(metadata.BY_KEY)):
        raise bad_request("details", f"fields of {', '.join(metadata.BY_KEY)}", unknown[0][:40])
    values, wrong = metadata.read(wanted.details)
    if wrong:
        told = (
            Problem(Code.BAD_REQUEST, f"details.{key}", what, "something else", "correct the field")
            for key, what in wrong.items()
        )
        raise Refusal(*told)
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        row.details = values
        note(session, row, actor=granted.user, now=services.settings.clock(), detail="description changed")
    return _answer(services, granted)


@router.post("/submissions/{submission}/publish")
def publish(submission: str, services: Shared, wanted: PublishRequest, granted: Change) -> SubmissionAnswer:
    """Put a scored submission on the board."""
    until = wanted.anonymous_until
    if until is not None and until.tzinfo is None:
        raise bad_request("anonymous_until", "a time with its zone", "one without")
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.publish(session, row, actor=granted.user, now=services.settings.clock(), anonymous_until=until)
    return _answer(services, granted)


@router.post("/submissions/{submission}/withdraw")
def withdraw(submission: str, services: Shared, wanted: WithdrawRequest, granted: Change) -> SubmissionAnswer:
    """Take it off the board for good; date and reason stay to be seen."""
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.withdraw(session, row, reason=wanted.reason, actor=granted.user, now=services.settings.clock())
    return _answer(services, granted)


@router.post("/submissions/{submission}/cancel")
def cancel(submission: str, services: Shared, granted: Change) -> SubmissionAnswer:
    """Before it is scored; costs nothing."""
    with services.database.write() as session:
        row = session.get_one(Submission, granted.id)
        phases.cancel(session, row, actor=granted.user, now=services.settings.clock())
    return _answer(services, granted)


def _answer(services: Services, granted: Granted) -> SubmissionAnswer:
    organiser = bool(granted.roles & {Role.ORGANISER, Role.ADMIN})
    with services.database.read() as session:
        return whole(session, granted.id, organiser=organiser)
