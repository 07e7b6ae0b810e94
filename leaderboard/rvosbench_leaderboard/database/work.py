"""The tables of submissions: uploads, states, quota, jobs and scores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rvosbench_leaderboard.database.columns import Base


class Upload(Base):
    """Bytes on their way. `state` is uploading, received, expired or cancelled. How many bytes are there is
    told by the file, never by a row. `blob` names the file in the blob store, from the start."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(ForeignKey("phases.id"), index=True)
    team: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str | None]
    blob: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(index=True)


class Submission(Base):
    """The truth about one submission; queues may forget. `number` counts those of a team in a phase. `code`
    is why it was rejected, `report` the verdict of the validation. `details` is what the team says of its
    method: paper, code, parameters. `kind` is ordinary or baseline."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("team", "phase", "number"),
        Index("ix_submissions_state_state_at", "state", "state_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(ForeignKey("phases.id"), index=True)
    team: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.id"))
    upload: Mapped[str] = mapped_column(ForeignKey("uploads.id"), unique=True)
    number: Mapped[int]
    name: Mapped[str]
    state: Mapped[str]
    state_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    code: Mapped[str | None]
    report: Mapped[dict[str, Any] | None]
    stage: Mapped[str | None]
    percent: Mapped[float | None] = mapped_column(Float())
    eta_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blob: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(default="ordinary")
    published_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
    disqualified_at: Mapped[datetime | None]
    disqualified_reason: Mapped[str | None]
    anonymous_until: Mapped[datetime | None]


class Event(Base):
    """One change of state, in the order of the ids. `actor` is a user or `worker`."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[str | None]
    after: Mapped[str]
    actor: Mapped[str]
    detail: Mapped[str | None]


class Slot(Base):
    """The quota ledger: one row for every upload that was begun. `number` counts in team and phase, and is
    unique: two requests at once cannot take the same. `state` is reserved, spent or refunded; `reason` says
    why it was refunded."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("team", "phase", "number"),
        Index("ix_slots_team_phase_state_at", "team", "phase", "state", "at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    phase: Mapped[str] = mapped_column(ForeignKey("phases.id"))
    number: Mapped[int]
    upload: Mapped[str] = mapped_column(ForeignKey("uploads.id"), unique=True)
    at: Mapped[datetime]
    state: Mapped[str]
    state_at: Mapped[datetime]
    reason: Mapped[str | None]


class Scorer(Base):
    """What a score was made with. Scores of two scorers are never mixed on a board. `shown_at`: when it last
    came on the board; None as long as it never did, and then its scores are for organisers alone. `found_at`:
    when a worker last found it at its start."""

    __tablename__ = "scorers"
    __table_args__ = (
        UniqueConstraint(
            "track", "scoring_version", "config_hash", "dataset_fingerprint", name="uq_scorers_identity"
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    track: Mapped[str] = mapped_column(ForeignKey("tracks.id"))
    scoring_version: Mapped[int]
    config_hash: Mapped[str]
    dataset_fingerprint: Mapped[str]
    created_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    found_at: Mapped[datetime | None]


class Score(Base):
    """Written once, in the transaction in which the submission becomes scored. `metrics` are fractions in
    full precision; what hidden phases tell of them is decided where they are shown. `vector_hash` is of all
    single scores: equal ones give away the same predictions under two names. `flags` are codes of what only
    organisers should know, such as RVB136."""

    __tablename__ = "scores"
    __table_args__ = (UniqueConstraint("submission", "scorer"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    scorer: Mapped[str] = mapped_column(ForeignKey("scorers.id"), index=True)
    metrics: Mapped[dict[str, Any]]
    intervals: Mapped[dict[str, Any]]
    attributes: Mapped[dict[str, Any]]
    flags: Mapped[list[Any]] = mapped_column(default=list)
    vector_hash: Mapped[str | None] = mapped_column(index=True)
    seconds: Mapped[float] = mapped_column(Float())
    created_at: Mapped[datetime]


class Job(Base):
    """Work to do. `kind` is validate or score; `scorer` None means the one that is current when it begins.
    `state` is waiting, running, done or failed. `attempt` is the fence: who holds an older one is refused.
    `failures` counts those attempts in which the work itself died. `lease_until` is used on SQLite; `ticket`
    is the number of the job in procrastinate, on PostgreSQL."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("submission", "kind", "scorer"),
        Index(  # NULLs are never equal in a constraint
            "uq_jobs_submission_kind",
            "submission",
            "kind",
            unique=True,
            sqlite_where=text("scorer IS NULL"),
            postgresql_where=text("scorer IS NULL"),
        ),
        Index("ix_jobs_state_kind_priority", "state", "kind", "priority", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    kind: Mapped[str]
    scorer: Mapped[str | None] = mapped_column(ForeignKey("scorers.id"))
    priority: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime]
    created_at: Mapped[datetime]
    error: Mapped[str | None]
    ticket: Mapped[int | None] = mapped_column(unique=True, index=True)


class Worker(Base):
    """Who works, and when it was last heard of. `job` is the submission that it has been at for a while."""

    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[str]
    job: Mapped[str | None]
    isolation: Mapped[dict[str, Any]] = mapped_column(default=dict)
