"""Pages of teams: which there are, who is in, links to join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.database.tables import Member, Submission, Team, User
from rvosbench_leaderboard.pages.accounts import Form
from rvosbench_leaderboard.pages.answers import complaints, kept
from rvosbench_leaderboard.pages.links import link_path
from rvosbench_leaderboard.pages.render import go, page, site_of
from rvosbench_leaderboard.web.accounts import teams
from rvosbench_leaderboard.web.accounts.links import LIFETIME, Purpose
from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role
from rvosbench_leaderboard.web.services import services_of

router = APIRouter(include_in_schema=False)
Listing = Annotated[Granted, Depends(Allow("team.list"))]
Creating = Annotated[Granted, Depends(Allow("team.create"))]
OfTeam = Annotated[Granted, Depends(Allow("team.read"))]
Changing = Annotated[Granted, Depends(Allow("team.change"))]
Leaving = Annotated[Granted, Depends(Allow("team.leave"))]


@dataclass(frozen=True, slots=True)
class TeamCard:
    id: str
    name: str
    role: str
    members: int
    submissions: int


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    role: str
    joined_at: datetime
    self: bool


@dataclass(frozen=True, slots=True)
class Secret:
    url: str
    expires_at: datetime
    title: str = ""


@router.get("/teams")
def list_teams(request: Request, granted: Listing) -> Response:
    return _list(request, granted)


@router.post("/teams")
def create_team(request: Request, form: Form, granted: Creating) -> Response:
    services = services_of(request)
    try:
        with services.database.write() as session:
            team = teams.create(session, form.get("name", ""), granted.user, services.settings.clock())
            team_id = team.id
    except RvosbenchError as error:
        return _list(request, granted, 422, values=kept(form, "name"), wrong=complaints(error, ("name",)))
    return go(f"/teams/{team_id}")


@router.get("/teams/{team}")
def team_page(request: Request, granted: OfTeam) -> Response:
    return _team(request, granted)


@router.post("/teams/{team}/name")
def rename(request: Request, form: Form, granted: Changing) -> Response:
    try:
        with services_of(request).database.write() as session:
            teams.rename(session, granted.id, form.get("name", ""))
    except RvosbenchError as error:
        return _team(request, granted, 422, wrong=complaints(error, ("name",)))
    return go(f"/teams/{granted.id}", "saved")


@router.post("/teams/{team}/invite")
def invite(request: Request, granted: Changing) -> Response:
    services = services_of(request)
    now = services.settings.clock()
    with services.database.write() as session:
        secret = teams.invite(session, granted.id, now)
    url = f"{site_of(request).address}{link_path(Purpose.JOIN, secret)}"
    return _team(request, granted, secret=Secret(url, now + LIFETIME))


@router.post("/teams/{team}/members/{member}/role")
def set_role(request: Request, member: str, form: Form, granted: Changing) -> Response:
    with services_of(request).database.write() as session:
        teams.set_role(session, granted.id, member, form.get("role", ""))
    return go(f"/teams/{granted.id}", "saved")


@router.post("/teams/{team}/members/{member}/remove")
def remove(request: Request, member: str, granted: Leaving) -> Response:
    if member != granted.user and not granted.roles & {Role.OWNER, Role.ADMIN}:
        raise not_there("member")
    with services_of(request).database.write() as session:
        teams.remove(session, granted.id, member)
    return go("/teams" if member == granted.user else f"/teams/{granted.id}", "removed")


def _list(request: Request, granted: Granted, status: int = 200, **context: Any) -> Response:
    everybody = aliased(Member)
    sizes = select(func.count()).where(everybody.team == Team.id).scalar_subquery()
    sent = select(func.count()).where(Submission.team == Team.id).scalar_subquery()
    with services_of(request).database.read() as session:
        rows = session.execute(
            select(Team.id, Team.name, Member.role, sizes, sent)
            .join(Member, Member.team == Team.id)
            .where(Member.user == granted.user)
            .order_by(Team.name_key)
        ).all()
    mine = [TeamCard(*row) for row in rows]
    return page(
        request,
        "account/teams.html",
        area="teams",
        status=status,
        actor=granted.actor,
        teams=mine,
        **context,
    )


def _team(request: Request, granted: Granted, status: int = 200, **context: Any) -> Response:
    with services_of(request).database.read() as session:
        team = session.get_one(Team, granted.id)
        rows = session.execute(
            select(User.id, User.name, Member.role, Member.joined_at)
            .join(Member, Member.user == User.id)
            .where(Member.team == granted.id)
            .order_by(Member.joined_at, User.id)
        ).all()
    return page(
        request,
        "account/team.html",
        area="teams",
        trail=[("Teams", "/teams")],
        status=status,
        actor=granted.actor,
        team=team,
        members=[Person(*row, self=row[0] == granted.user) for row in rows],
        owner=bool(granted.roles & {Role.OWNER, Role.ADMIN}),
        **context,
    )
