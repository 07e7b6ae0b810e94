"""Teams: who is in, who owns it, and links by which others join."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Member, Team
from rvosbench_leaderboard.web.accounts.links import Purpose, make_link, no_longer, use
from rvosbench_leaderboard.web.refusal import bad_request, not_now, not_there

OWNER, MEMBER = "owner", "member"
LONGEST_NAME = 80
MOST_TEAMS = 20  # of one person


def create(session: Session, name: str, user: str, now: datetime) -> Team:
    """A team of one, who owns it."""
    name, key = _checked(name)
    _refuse_too_many(session, user)
    _refuse_taken(session, key)
    team = Team(id=new_id(now), name=name, name_key=key, created_at=now)
    session.add(team)
    session.flush()
    session.add(Member(team=team.id, user=user, role=OWNER, joined_at=now))
    return team


def rename(session: Session, team: str, name: str) -> None:
    name, key = _checked(name)
    row = session.get_one(Team, team)
    if key != row.name_key:
        _refuse_taken(session, key)
    row.name, row.name_key = name, key


def invite(session: Session, team: str, now: datetime) -> str:
    """The secret of a link by which one person joins."""
    return make_link(session, Purpose.JOIN, team, now)


def join(session: Session, secret: str, user: str, now: datetime) -> Team:
    link = use(session, Purpose.JOIN, secret, now)
    team = session.get(Team, link.subject) if link.subject is not None else None
    if team is None:
        raise no_longer()
    if session.get(Member, (team.id, user)) is not None:
        raise not_now("team", "somebody who is not in it yet", "a member", "give the link to somebody else")
    _refuse_too_many(session, user)
    session.add(Member(team=team.id, user=user, role=MEMBER, joined_at=now))
    return team


def remove(session: Session, team: str, user: str) -> None:
    """Takes somebody out, or lets them leave. What they submitted stays with the team."""
    member = _member(session, team, user)
    _keep_an_owner(session, member)
    session.delete(member)


def set_role(session: Session, team: str, user: str, role: str) -> None:
    member = _member(session, team, user)
    if role not in (OWNER, MEMBER):
        raise bad_request("role", f"{OWNER} or {MEMBER}", "something else")
    if role != OWNER:
        _keep_an_owner(session, member)
    member.role = role


def name_key(name: str) -> str:
    """Equal for names that look alike: case, width and accents do not count."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())


def _checked(name: str) -> tuple[str, str]:
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    key = name_key(name)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or not any(map(str.isalnum, key)):
        raise bad_request(
            "name", f"1 to {LONGEST_NAME} printable characters, with a letter or a digit", "something else"
        )
    return name, key


def _refuse_taken(session: Session, key: str) -> None:
    if session.scalar(select(Team.id).where(Team.name_key == key)) is not None:
        raise not_now("name", "a name of its own", "one that a team has already", "choose another name")


def _refuse_too_many(session: Session, user: str) -> None:
    """Quotas are those of teams, so that teams cannot be had without end."""
    count = session.scalar(select(func.count()).select_from(Member).where(Member.user == user)) or 0
    if count >= MOST_TEAMS:
        raise not_now("team", f"at most {MOST_TEAMS} teams", f"{count}", "leave another team first")


def _member(session: Session, team: str, user: str) -> Member:
    member = session.get(Member, (team, user))
    if member is None:
        raise not_there("member")
    return member


def _keep_an_owner(session: Session, member: Member) -> None:
    owners = session.scalars(
        select(Member.user).where(Member.team == member.team, Member.role == OWNER)
    ).all()
    if list(owners) == [member.user]:
        raise not_now(
            "team", "at least one owner", "the last one", "make somebody else an owner of the team first"
        )
