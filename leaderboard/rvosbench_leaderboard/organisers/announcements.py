"""Announcements of a benchmark or of the whole site: plain text, never taken away without a trace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import Announcement
from rvosbench_leaderboard.organisers.audit import record
from rvosbench_leaderboard.web.refusal import not_there


def announce(
    session: Session,
    benchmark: str | None,
    title: str,
    text: str,
    *,
    actor: str,
    on: str,
    now: datetime,
) -> None:
    session.add(
        Announcement(
            id=new_id(now), benchmark=benchmark, author=actor, title=title, text=text, created_at=now
        )
    )
    record(session, actor=actor, action="announce", on=on, now=now, title=title)


def take_down(
    session: Session, benchmark: str | None, announcement: str, *, actor: str, on: str, now: datetime
) -> None:
    row = session.get(Announcement, announcement)
    if row is None or row.benchmark != benchmark:
        raise not_there("announcement")
    row.withdrawn_at = now
    record(session, actor=actor, action="take down", on=on, now=now, title=row.title)


def everything(session: Session, benchmark: str | None) -> Sequence[Announcement]:
    """Those that were taken down too."""
    return session.scalars(
        select(Announcement)
        .where(Announcement.benchmark == benchmark)
        .order_by(Announcement.created_at.desc(), Announcement.id.desc())
    ).all()


def in_force(session: Session, benchmark: str | None, most: int = 20) -> Sequence[Announcement]:
    return session.scalars(
        select(Announcement)
        .where(Announcement.benchmark == benchmark, Announcement.withdrawn_at.is_(None))
        .order_by(Announcement.created_at.desc(), Announcement.id.desc())
        .limit(most)
    ).all()
