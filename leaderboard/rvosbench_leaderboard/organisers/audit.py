"""The audit log: who did what with whose thing. Entries are only ever added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import AuditEntry, User

MACHINE = "machine"
"""The actor of what is done on the command line of the server."""
PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: str
    at: datetime
    who: str
    action: str
    object: str
    detail: str


def record(session: Session, *, actor: str, action: str, on: str, now: datetime, **detail: Any) -> None:
    """`on` is KIND:NAME, such as benchmark:mevis; what belongs to a benchmark begins with that."""
    session.add(AuditEntry(id=new_id(now), at=now, actor=actor, action=action, object=on, detail=detail))


def entries(session: Session, prefix: str | None = None, before: str | None = None) -> Sequence[AuditLine]:
    """The newest first; those of one benchmark with `prefix`, those older than an entry with `before`."""
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.actor)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(PAGE)
    )
    if prefix is not None:
        query = query.where(
            (AuditEntry.object == prefix) | AuditEntry.object.startswith(f"{prefix}/", autoescape=True)
        )
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [
        AuditLine(row.id, row.at, name or row.actor, row.action, row.object, _told(row.detail))
        for row, name in session.execute(query)
    ]


def _told(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in detail.items())
