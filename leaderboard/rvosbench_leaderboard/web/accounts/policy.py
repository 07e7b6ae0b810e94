"""Who may make an account: everybody, who has an invitation, or everybody once an administrator agrees."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from rvosbench_leaderboard.database.tables import Setting

REGISTRATION = "registration"


class Policy(StrEnum):
    OPEN = "open"
    INVITATION = "invitation"
    APPROVAL = "approval"


def policy(session: Session) -> Policy:
    row = session.get(Setting, REGISTRATION)
    return Policy.OPEN if row is None else Policy(row.value)


def set_policy(session: Session, value: Policy) -> None:
    row = session.get(Setting, REGISTRATION)
    if row is None:
        session.add(Setting(name=REGISTRATION, value=value))
    else:
        row.value = value
