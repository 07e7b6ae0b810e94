"""The number of a job in the engine, on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("ticket", sa.BigInteger(), nullable=True))
    op.create_index("ix_jobs_ticket", "jobs", ["ticket"], unique=True)
