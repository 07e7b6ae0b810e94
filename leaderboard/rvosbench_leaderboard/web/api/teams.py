"""Teams and their members."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Member, Team, User
from rvosbench_leaderboard.web.accounts import teams
from rvosbench_leaderboard.web.accounts.links import LIFETIME
from rvosbench_leaderboard.web.api.models import (
    InvitationAnswer,
    JoinRequest,
    MemberAnswer,
    RoleRequest,
    TeamAnswer,
    TeamRequest,
)
from rvosbench_leaderboard.web.api.shared import Shared, new_router
from rvosbench_leaderboard.web.refusal import not_there
from rvosbench_leaderboard.web.security.allow import Allow, Granted
from rvosbench_leaderboard.web.security.matrix import Role

router = new_router("teams")

Change = Annotated[Granted, Depends(Allow("team.change"))]


@router.get("/teams")
def list_teams(
    services: Shared, granted: Annotated[Granted, Depends(Allow("team.list"))]
) -> list[TeamAnswer]:
    """The teams that you are in."""
    with services.database.read() as session:
        found = session.scalars(
            select(Team).join(Member, Member.team == Team.id).where(Member.user == granted.user)
        )
        return [_answer(session, team) for team in sorted(found, key=lambda one: one.name_key)]


@router.post("/teams", status_code=201)
def create_team(
    services: Shared, wanted: TeamRequest, granted: Annotated[Granted, Depends(Allow("team.create"))]
) -> TeamAnswer:
    """A new team, which you own."""
    with services.database.write() as session:
        team = teams.create(session, wanted.name, granted.user, services.settings.clock())
        session.flush()
        return _answer(session, team)


@router.get("/teams/{team}")
def show_team(
    team: str, services: Shared, granted: Annotated[Granted, Depends(Allow("team.read"))]
) -> TeamAnswer:
    with services.database.read() as session:
        return _answer(session, session.get_one(Team, granted.id))


@router.patch("/teams/{team}")
def rename_team(team: str, services: Shared, wanted: TeamRequest, granted: Change) -> TeamAnswer:
    with services.database.write() as session:
        teams.rename(session, granted.id, wanted.name)
        return _answer(session, session.get_one(Team, granted.id))


@router.post("/teams/{team}/invitations", status_code=201)
def invite(team: str, services: Shared, granted: Change) -> InvitationAnswer:
    """The secret of a link by which one person joins."""
    with services.database.write() as session:
        secret = teams.invite(session, granted.id, services.settings.clock())
    return InvitationAnswer(secret=secret, expires_in_days=LIFETIME.days)


@router.post("/team-memberships", status_code=201)
def join_team(
    services: Shared, wanted: JoinRequest, granted: Annotated[Granted, Depends(Allow("team.join"))]
) -> TeamAnswer:
    """Join the team whose link holds this secret."""
    with services.database.write() as session:
        team = teams.join(session, wanted.secret, granted.user, services.settings.clock())
        session.flush()
        return _answer(session, team)


@router.patch("/teams/{team}/members/{member}")
def set_role(team: str, member: str, services: Shared, wanted: RoleRequest, granted: Change) -> TeamAnswer:
    with services.database.write() as session:
        teams.set_role(session, granted.id, member, wanted.role)
        session.flush()
        return _answer(session, session.get_one(Team, granted.id))


@router.delete("/teams/{team}/members/{member}", status_code=204)
def remove_member(
    team: str, member: str, services: Shared, granted: Annotated[Granted, Depends(Allow("team.leave"))]
) -> None:
    """Members may take themselves out; owners and administrators anybody."""
    if member != granted.user and not granted.roles & {Role.OWNER, Role.ADMIN}:
        raise not_there("member")
    with services.database.write() as session:
        teams.remove(session, granted.id, member)


def _answer(session: Session, team: Team) -> TeamAnswer:
    rows = session.execute(
        select(Member, User)
        .join(User, User.id == Member.user)
        .where(Member.team == team.id)
        .order_by(Member.joined_at, Member.user)
    )
    members = [
        MemberAnswer.model_validate(
            {"user": user.id, "name": user.name, "role": member.role, "joined_at": member.joined_at}
        )
        for member, user in rows
    ]
    return TeamAnswer(id=team.id, name=team.name, created_at=team.created_at, members=members)
