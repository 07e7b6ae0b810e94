"""The submissions of one's own teams: listed, over time, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Select, select
from starlette.concurrency import run_in_threadpool

from rvosbench_leaderboard.database.tables import Member, Submission, Team, Track, Upload
from rvosbench_leaderboard.pages.history import histories
from rvosbench_leaderboard.pages.reading import Line, everything, lines
from rvosbench_leaderboard.pages.render import go, page
from rvosbench_leaderboard.pages.standing import metrics_of
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.services import Services, services_of
from rvosbench_leaderboard.web.uploads import finishing

router = APIRouter(include_in_schema=False)
Listing = Annotated[Granted, Depends(Allow("submission.list"))]
Continuing = Annotated[Granted, Depends(Allow("upload.continue"))]
MOST_LISTED, MOST_COMPARED = 500, 6


@dataclass(frozen=True, slots=True)
class Compared:
    id: str
    method: str
    number: int
    created_at: datetime
    metrics: dict[str, float]
    differences: dict[str, float]


@router.get("/submissions")
def list_mine(request: Request, granted: Listing, team: str = "") -> Response:
    with services_of(request).database.read() as session:
        teams = session.execute(
            select(Team.id, Team.name)
            .join(Member, Member.team == Team.id)
            .where(Member.user == granted.user)
            .order_by(Team.name_key)
        ).all()
        chosen = team if team in {one.id for one in teams} else ""
        query = _mine(granted.user).order_by(Submission.created_at.desc()).limit(MOST_LISTED)
        rows = lines(session, query.where(Submission.team == chosen) if chosen else query, organiser=False)
        uploads = session.scalars(
            select(Upload)
            .join(Member, Member.team == Upload.team)
            .where(Member.user == granted.user, Upload.state == "uploading")
            .order_by(Upload.created_at)
        ).all()
    return page(
        request,
        "submissions/list.html",
        area="submissions",
        actor=granted.actor,
        teams=teams,
        team=chosen,
        rows=rows,
        uploads=uploads,
        history=histories(rows),
    )


@router.get("/compare")
def compare(request: Request, granted: Listing) -> Response:
    """Those of one track, as long as they were scored by the same scorer."""
    wanted = list(dict.fromkeys(request.query_params.getlist("id")))[:MOST_COMPARED]
    with services_of(request).database.read() as session:
        query = _mine(granted.user).where(Submission.id.in_(wanted)).order_by(Submission.created_at)
        found = [line for line in lines(session, query, organiser=False) if line.score is not None]
        track = session.get(Track, found[0].track) if found else None
    keys = [] if track is None else [key for key in metrics_of(track) if key in found[0].metrics]
    return page(
        request,
        "submissions/compare.html",
        area="submissions",
        trail=[("Submissions", "/submissions")],
        actor=granted.actor,
        wrong=_obstacle(found),
        where=found[0].where if found else "",
        keys=keys,
        chosen=[_compared(line, found[0]) for line in found],
    )


@router.get("/uploads/{upload}")
def upload_page(request: Request, granted: Annotated[Granted, Depends(Allow("upload.continue"))]) -> Response:
    """Where an upload has led to: its submission, or the page on which it can go on."""
    with services_of(request).database.read() as session:
        submission = session.scalar(select(Submission.id).where(Submission.upload == granted.id))
    return go(f"/submissions/{submission}" if submission is not None else "/submissions")


@router.post("/uploads/{upload}/cancel")
async def cancel_upload(request: Request, granted: Continuing) -> Response:
    services = services_of(request)
    services.interrupters.interrupt(granted.id)
    await run_in_threadpool(_give_up, services, granted.id)
    return go("/submissions", "cancelled")


def _give_up(services: Services, upload: str) -> None:
    with services.database.read() as session:
        row = session.get_one(Upload, upload)
    finishing.give_up(services, row)


def _mine(user: str) -> Select[*tuple[Any, ...]]:
    return everything().where(Submission.team.in_(select(Member.team).where(Member.user == user)))


def _obstacle(found: list[Line]) -> str:
    if len(found) < 2:
        return "Tick at least two submissions that have scores."
    if len({line.track for line in found}) > 1:
        return "These are of different tracks: their scores cannot be compared."
    return ""


def _compared(line: Line, first: Line) -> Compared:
    return Compared(
        line.id,
        line.method,
        line.number,
        line.created_at,
        line.metrics,
        {key: value - first.metrics[key] for key, value in line.metrics.items() if key in first.metrics},
    )
