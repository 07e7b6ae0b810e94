"""Since when a scorer is the one of the board, and when a worker last had it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scorers", sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scorers", sa.Column("found_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE scorers SET shown_at = created_at "
        "WHERE id IN (SELECT current_scorer FROM tracks WHERE current_scorer IS NOT NULL)"
    )
    op.execute("UPDATE scorers SET found_at = created_at")
