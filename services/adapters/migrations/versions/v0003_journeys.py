"""Which verification a check is a part of; sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them. An older worker refuses the tasks of verifications: until all are newer, those expire."""
    op.add_column("checks", sa.Column("parent_id", sa.String(32)))
    is_part = sa.text("parent_id IS NOT NULL")
    op.create_index(
        "ix_checks_parent", "checks", ["parent_id"], postgresql_where=is_part, sqlite_where=is_part
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(128)),
        sa.Column("created_at_s", sa.Double, nullable=False),
        sa.Column("expires_at_s", sa.Double, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("is_submitted", sa.Boolean, nullable=False),
        sa.Column("verification_id", sa.String(32)),
        sa.Column("document_key", sa.String(160)),
        sa.Column("selfie_key", sa.String(160)),
    )
