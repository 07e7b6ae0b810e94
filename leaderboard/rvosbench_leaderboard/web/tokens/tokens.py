"""Tokens: made with scopes and an end, shown once, revoked at any time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Token
from rvosbench_leaderboard.web.refusal import bad_request, not_now, not_there
from rvosbench_leaderboard.web.security.matrix import Scope
from rvosbench_leaderboard.web.security.secrets import digest, new_token

LONGEST_NAME, LONGEST_DAYS, MOST_TOKENS = 100, 365, 50


def create(
    session: Session, user: str, name: str, scopes: Collection[str], days: int, now: datetime
) -> tuple[Token, str]:
    """The row, and the token itself, which is not kept."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise bad_request("name", f"1 to {LONGEST_NAME} printable characters", "something else")
    if not scopes or not set(scopes) <= set(Scope):
        raise bad_request("scopes", f"some of {', '.join(Scope)}", "something else")
    if not 1 <= days <= LONGEST_DAYS:
        raise bad_request("days", f"1 to {LONGEST_DAYS}", f"{days}")
    if _alive(session, user, now) >= MOST_TOKENS:
        raise not_now("tokens", f"at most {MOST_TOKENS} tokens", "as many", "revoke one first")
    secret = new_token()
    token = Token(
        id=new_id(now),
        user=user,
        name=name,
        hash=digest(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
        used_at=None,
        revoked_at=None,
    )
    session.add(token)
    return token, secret


def revoke(session: Session, token: str, now: datetime) -> None:
    row = session.get(Token, token)
    if row is None or row.revoked_at is not None:
        raise not_there("token")
    row.revoked_at = now


def of_user(session: Session, user: str) -> Sequence[Token]:
    """The newest first; revoked ones too."""
    return session.scalars(select(Token).where(Token.user == user).order_by(Token.id.desc())).all()


def _alive(session: Session, user: str, now: datetime) -> int:
    counted = session.scalar(
        select(func.count())
        .select_from(Token)
        .where(
            Token.user == user,
            Token.revoked_at.is_(None),
            or_(Token.expires_at.is_(None), Token.expires_at > now),
        )
    )
    return counted or 0
