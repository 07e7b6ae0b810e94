"""The tables. Rows of people and of benchmarks; `work` has those of submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rvosbench_leaderboard.database.columns import Base
from rvosbench_leaderboard.database.work import (
    Event,
    Job,
    Score,
    Scorer,
    Slot,
    Submission,
    Upload,
    Worker,
)

__all__ = [
    "Announcement",
    "AuditEntry",
    "Base",
    "Benchmark",
    "Definition",
    "Event",
    "Job",
    "Link",
    "Login",
    "Member",
    "Organiser",
    "Phase",
    "Score",
    "Scorer",
    "Setting",
    "Slot",
    "Submission",
    "Team",
    "Token",
    "Track",
    "Upload",
    "User",
    "Worker",
]


class User(Base):
    """`email` is kept in lower case."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Team(Base):
    """Quotas are those of teams. `name_key` is the name without case and accents: no two teams look alike."""

    __tablename__ = "teams"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class Member(Base):
    """`role` is owner or member."""

    __tablename__ = "members"
    team: Mapped[str] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    role: Mapped[str]
    joined_at: Mapped[datetime]


class Login(Base):
    """A session of a browser. The cookie holds what `id_hash` is the SHA-256 of."""

    __tablename__ = "logins"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Token(Base):
    """For programs. `scopes` are some of submit, read and admin."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Link(Base):
    """Works once. `purpose` is admin, reset or join; `subject` the user or team that it is about."""

    __tablename__ = "links"
    hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    subject: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Benchmark(Base):
    __tablename__ = "benchmarks"
    id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    homepage: Mapped[str | None]
    created_at: Mapped[datetime]


class Definition(Base):
    """The text of a benchmark's file, kept in every version. `author` is a user, or `file`."""

    __tablename__ = "definitions"
    benchmark: Mapped[str] = mapped_column(ForeignKey("benchmarks.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    sha256: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]


class Organiser(Base):
    __tablename__ = "organisers"
    benchmark: Mapped[str] = mapped_column(ForeignKey("benchmarks.id"), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)


class Track(Base):
    """What is scored, and how. `hidden`: nobody outside has the ground truth, so what is told is rounded.
    `current_scorer` decides which scores stand on the board; None until a worker has seen the split.
    `key_metric` orders the board; `metrics` are its columns."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("benchmark", "slug"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    benchmark: Mapped[str] = mapped_column(ForeignKey("benchmarks.id"))
    slug: Mapped[str]
    title: Mapped[str]
    dataset: Mapped[str]
    split: Mapped[str]
    protocol: Mapped[str]
    hidden: Mapped[bool]
    key_metric: Mapped[str]
    metrics: Mapped[list[Any]]
    dataset_fingerprint: Mapped[str | None]
    current_scorer: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)


class Phase(Base):
    """When, how often and how visibly a track is open. A limit of None is no limit. `visibility`: the scores
    of this phase are seen by `public` (once published), by `owner`, or by `organisers` alone. `approval`: an
    organiser has to approve an entry before it stands on the board. `closed`: taken out of the file."""

    __tablename__ = "phases"
    __table_args__ = (UniqueConstraint("track", "slug"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    track: Mapped[str] = mapped_column(ForeignKey("tracks.id"))
    slug: Mapped[str]
    title: Mapped[str]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    per_day: Mapped[int | None]
    per_week: Mapped[int | None]
    total: Mapped[int | None]
    concurrent: Mapped[int | None]
    bytes: Mapped[int]
    visibility: Mapped[str] = mapped_column(default="public")
    approval: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class Announcement(Base):
    """`benchmark` None: of the whole site."""

    __tablename__ = "announcements"
    id: Mapped[str] = mapped_column(primary_key=True)
    benchmark: Mapped[str | None] = mapped_column(ForeignKey("benchmarks.id"))
    author: Mapped[str] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuditEntry(Base):
    """What people with rights did. `actor` is a user, or `machine` for the command line on the server."""

    __tablename__ = "audit"
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    object: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Setting(Base):
    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
