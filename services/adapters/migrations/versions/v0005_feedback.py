"""Feedback: what the business says was true of an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it. It goes with its check, whichever version of the services deletes that."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), sa.ForeignKey("checks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("sealed_truth", sa.LargeBinary),
        sa.Column("seal_key", sa.String(32)),
    )
    op.create_index("ix_feedback_seal", "feedback", ["seal_key", "id"])
