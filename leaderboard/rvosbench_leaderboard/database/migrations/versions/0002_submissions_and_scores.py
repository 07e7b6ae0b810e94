"""The tables of submissions and scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=True),
        sa.Column("isolation", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_index("ix_workers_seen_at", "workers", ["seen_at"])

    op.create_table(
        "scorers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("scoring_version", sa.BigInteger(), nullable=False),
        sa.Column("config_hash", sa.String(), nullable=False),
        sa.Column("dataset_fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["track"], ["tracks.id"], name="fk_scorers_track"),
        sa.PrimaryKeyConstraint("id", name="pk_scorers"),
        sa.UniqueConstraint(
            "track", "scoring_version", "config_hash", "dataset_fingerprint", name="uq_scorers_identity"
        ),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.id"], name="fk_uploads_phase"),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name="fk_uploads_team"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_uploads_user"),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_phase", "uploads", ["phase"])
    op.create_index("ix_uploads_state", "uploads", ["state"])
    op.create_index("ix_uploads_team", "uploads", ["team"])

    op.create_table(
        "slots",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("upload", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["phase"], ["phases.id"], name="fk_slots_phase"),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name="fk_slots_team"),
        sa.ForeignKeyConstraint(["upload"], ["uploads.id"], name="fk_slots_upload"),
        sa.PrimaryKeyConstraint("id", name="pk_slots"),
        sa.UniqueConstraint("team", "phase", "number", name="uq_slots_team_phase_number"),
        sa.UniqueConstraint("upload", name="uq_slots_upload"),
    )
    op.create_index("ix_slots_team_phase_state_at", "slots", ["team", "phase", "state", "at"])

    op.create_table(
        "submissions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("upload", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("percent", sa.Float(), nullable=True),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.Column("disqualified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disqualified_reason", sa.String(), nullable=True),
        sa.Column("anonymous_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["phase"], ["phases.id"], name="fk_submissions_phase"),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name="fk_submissions_team"),
        sa.ForeignKeyConstraint(["upload"], ["uploads.id"], name="fk_submissions_upload"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_submissions_user"),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("team", "phase", "number", name="uq_submissions_team_phase_number"),
        sa.UniqueConstraint("upload", name="uq_submissions_upload"),
    )
    op.create_index("ix_submissions_created_at", "submissions", ["created_at"])
    op.create_index("ix_submissions_phase", "submissions", ["phase"])
    op.create_index("ix_submissions_sha256", "submissions", ["sha256"])
    op.create_index("ix_submissions_state_state_at", "submissions", ["state", "state_at"])
    op.create_index("ix_submissions_team", "submissions", ["team"])

    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_events_submission"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_submission", "events", ["submission"])

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scorer", sa.String(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["scorer"], ["scorers.id"], name="fk_jobs_scorer"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_jobs_submission"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("submission", "kind", "scorer", name="uq_jobs_submission_kind_scorer"),
    )
    op.create_index("ix_jobs_state_kind_priority", "jobs", ["state", "kind", "priority", "id"])
    op.create_index("ix_jobs_submission", "jobs", ["submission"])
    op.create_index(
        "uq_jobs_submission_kind",
        "jobs",
        ["submission", "kind"],
        unique=True,
        sqlite_where=sa.text("scorer IS NULL"),
        postgresql_where=sa.text("scorer IS NULL"),
    )

    op.create_table(
        "scores",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("scorer", sa.String(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("intervals", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("vector_hash", sa.String(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scorer"], ["scorers.id"], name="fk_scores_scorer"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_scores_submission"),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.UniqueConstraint("submission", "scorer", name="uq_scores_submission_scorer"),
    )
    op.create_index("ix_scores_scorer", "scores", ["scorer"])
    op.create_index("ix_scores_vector_hash", "scores", ["vector_hash"])
