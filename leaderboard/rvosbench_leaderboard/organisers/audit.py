"""The audit log: who did what with whose thing. Entries are only ever added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.columns import new_id
from rvosbench_leaderboard.database.tables import AuditEntry, Scorer, Submission, Team, User

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
    found = session.execute(query).all()
    names = _names(session, [row for row, _ in found])
    return [
        AuditLine(
            row.id, row.at, name or row.actor, row.action, _named(row.object, names), _told(row.detail, names)
        )
        for row, name in found
    ]


def _names(session: Session, rows: Sequence[AuditEntry]) -> dict[str, str]:
    """Of the ids that stand in the entries, what people call the things."""
    ids = {part.rpartition(":")[2] for row in rows for part in row.object.split("/")}
    ids |= {str(value) for row in rows for value in row.detail.values()}
    names: dict[str, str] = {}
    for one in session.scalars(select(User).where(User.id.in_(ids))):
        names[one.id] = one.name
    query = select(Submission, Team.name).join(Team, Team.id == Submission.team).where(Submission.id.in_(ids))
    for submission, team in session.execute(query):
        method = str(submission.details.get("method") or "").strip()
        names[submission.id] = ", ".join(filter(None, [method, f"number {submission.number} of {team}"]))
    tracks = select(Scorer.track).where(Scorer.id.in_(ids))
    numbers: Counter[str] = Counter()
    for scorer in session.scalars(
        select(Scorer).where(Scorer.track.in_(tracks)).order_by(Scorer.created_at, Scorer.id)
    ):
        numbers[scorer.track] += 1
        names[scorer.id] = f"scorer {numbers[scorer.track]}"
    return names


def _named(on: str, names: Mapping[str, str]) -> str:
    kinds = (part.partition(":") for part in on.split("/"))
    return " / ".join(f"{kind}{colon}{names.get(name, name)}" for kind, colon, name in kinds)


def _told(detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {names.get(str(value), value)}" for key, value in detail.items())
