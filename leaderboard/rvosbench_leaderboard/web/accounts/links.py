"""Links that work once: for the first administrator, an invitation, a new password, a place in a team."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Link
from rvosbench_leaderboard.web.refusal import Refusal, not_there
from rvosbench_leaderboard.web.security.secrets import digest, new_secret

LIFETIME = timedelta(days=7)


class Purpose(StrEnum):
    """`ADMIN` makes an administrator, `INVITE` an account, `RESET` a new password for the subject, `JOIN` a
    member of the subject."""

    ADMIN = "admin"
    INVITE = "invite"
    RESET = "reset"
    JOIN = "join"


def make_link(
    session: Session,
    purpose: Purpose,
    subject: str | None,
    now: datetime,
    lifetime: timedelta = LIFETIME,
) -> str:
    """The secret of the link, which is known to nobody else."""
    secret = new_secret()
    session.add(
        Link(
            hash=digest(secret),
            purpose=purpose,
            subject=subject,
            created_at=now,
            expires_at=now + lifetime,
            used_at=None,
        )
    )
    return secret


def look_up(session: Session, purpose: Purpose, secret: str, now: datetime) -> Link:
    """The link if it still works. Changes nothing, so that a page can be shown before it is used."""
    link = session.scalar(select(Link).where(Link.hash == digest(secret), Link.purpose == purpose))
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise no_longer()
    return link


def use(session: Session, purpose: Purpose, secret: str, now: datetime) -> Link:
    """As `look_up`, in a transaction that may write: the link does not work again."""
    link = session.scalar(
        select(Link).where(Link.hash == digest(secret), Link.purpose == purpose).with_for_update()
    )
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise no_longer()
    link.used_at = now
    return link


def no_longer() -> Refusal:
    return not_there("link")
