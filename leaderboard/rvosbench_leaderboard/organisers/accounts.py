"""What administrators do with accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import User
from rvosbench_leaderboard.organisers.audit import record
from rvosbench_leaderboard.web.accounts.links import Purpose, make_link
from rvosbench_leaderboard.web.refusal import not_now, not_there
from rvosbench_leaderboard.web.security.sessions import end_all

PAGE = 100


def find(session: Session, text: str = "") -> tuple[Sequence[User], bool]:
    """By a part of the name or address, the newest first, and whether there are more."""
    query = select(User).order_by(User.created_at.desc(), User.id.desc()).limit(PAGE + 1)
    if text:
        query = query.where(
            User.name.icontains(text, autoescape=True) | User.email.icontains(text, autoescape=True)
        )
    rows = session.scalars(query).all()
    return rows[:PAGE], len(rows) > PAGE


def shut_out(session: Session, user: str, *, actor: str, now: datetime) -> None:
    """The sessions end at once; tokens are refused as long as the account is disabled."""
    row = _other(session, user, actor)
    _keep_an_admin(session, row)
    row.disabled_at = row.disabled_at or now
    end_all(session, user)
    record(session, actor=actor, action="shut out", on=f"user:{user}", now=now, name=row.name)


def let_in(session: Session, user: str, *, actor: str, now: datetime) -> None:
    row = _other(session, user, actor)
    row.disabled_at = None
    record(session, actor=actor, action="let in", on=f"user:{user}", now=now, name=row.name)


def promote(session: Session, user: str, *, actor: str, now: datetime) -> None:
    row = _other(session, user, actor)
    row.admin = True
    record(session, actor=actor, action="make administrator", on=f"user:{user}", now=now, name=row.name)


def demote(session: Session, user: str, *, actor: str, now: datetime) -> None:
    row = _other(session, user, actor)
    _keep_an_admin(session, row)
    row.admin = False
    record(session, actor=actor, action="no administrator", on=f"user:{user}", now=now, name=row.name)


def reset_link(session: Session, user: str, *, actor: str, now: datetime) -> tuple[User, str]:
    """The secret of a link that sets a new password, to be handed over by other means."""
    row = session.get(User, user)
    if row is None:
        raise not_there("user")
    record(session, actor=actor, action="password link", on=f"user:{user}", now=now, name=row.name)
    return row, make_link(session, Purpose.RESET, user, now)


def invitation(session: Session, *, actor: str, now: datetime) -> str:
    record(session, actor=actor, action="invite", on="site", now=now)
    return make_link(session, Purpose.INVITE, None, now)


def _other(session: Session, user: str, actor: str) -> User:
    row = session.get(User, user)
    if row is None:
        raise not_there("user")
    if user == actor:
        raise not_now("user", "somebody else", "yourself", "ask another administrator")
    return row


def _keep_an_admin(session: Session, row: User) -> None:
    others = select(func.count()).where(User.admin, User.disabled_at.is_(None), User.id != row.id)
    if row.admin and not session.scalar(others):
        raise not_now("user", "at least one administrator", "the last one", "make another one first")
