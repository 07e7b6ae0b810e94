"""The page on which one submits: the quota of each team, and the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard import phases
from rvosbench_leaderboard.database.tables import Member, Team
from rvosbench_leaderboard.pages.answers import complaints
from rvosbench_leaderboard.pages.phase_facts import facts_of
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.phases import Standing
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.subjects import phase_query
from rvosbench_leaderboard.web.services import services_of
from rvosbench_leaderboard.web.uploads.form import receive_form

router = APIRouter(include_in_schema=False)
Submitting = Annotated[Granted, Depends(Allow("upload.page"))]
Sending = Annotated[Granted, Depends(Allow("upload.page", checks_form=False))]


@dataclass(frozen=True, slots=True)
class Quota:
    team: str
    lines: tuple[tuple[str, str], ...]
    next_at: datetime | None


@router.get("/b/{benchmark}/{track}/{phase}/submit")
def submit_page(request: Request, benchmark: str, track: str, phase: str, granted: Submitting) -> Response:
    return submit_form(request, (benchmark, track, phase), granted)


@router.post("/b/{benchmark}/{track}/{phase}/submit")
async def submit(request: Request, benchmark: str, track: str, phase: str, granted: Sending) -> Response:
    """The form without JavaScript. What is refused is told on the form again."""
    try:
        made = await receive_form(request, granted, f"{benchmark}/{track}/{phase}")
    except RvosbenchError as error:
        wrong = " ".join(complaints(error, ()).values())
        return await run_in_threadpool(
            submit_form, request, (benchmark, track, phase), granted, 422, wrong=wrong
        )
    return go(f"/submissions/{made}")


def submit_form(
    request: Request, names: tuple[str, str, str], granted: Granted, status: int = 200, **context: Any
) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.read() as session:
        phase, track, benchmark = session.execute(phase_query(*names)).one()
        teams = session.execute(
            select(Team.id, Team.name)
            .join(Member, Member.team == Team.id)
            .where(Member.user == granted.user)
            .order_by(Team.name_key)
        ).all()
        quotas = [_quota(name, phases.standing(session, phase, team, now)) for team, name in teams]
    facts = facts_of(benchmark, track, phase, now)
    return page(
        request,
        "submissions/submit.html",
        area="benchmarks",
        trail=[(benchmark.title, f"/b/{benchmark.slug}"), (f"{track.title}, {phase.title}", facts.url)],
        status=status,
        actor=granted.actor,
        track=track,
        phase=facts,
        teams=teams,
        team_choices=[(team, name) for team, name in teams],
        quotas=quotas,
        **context,
    )


def _quota(team: str, standing: Standing) -> Quota:
    lines = tuple((f"Left {one.words}", f"{one.left} of {one.allowed}") for one in standing.limits)
    later = standing.next_at if standing.exhausted else None
    return Quota(team, lines or (("Left", "no limit"),), later)
