"""Webhooks and what is on its way to them; results sealed at rest, deleted in time, or on request.

An older version cannot read a sealed result: to it such a check is pending. So the API goes first, then the
workers, whose results are sealed from then on, and the janitor last, which seals what was there before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
    _webhooks()
    _results()
    op.add_column("tenants", sa.Column("retention_days", sa.Integer, nullable=False, server_default="30"))


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("url", sa.String(1024), nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary, nullable=False),
        sa.Column("seal_key", sa.String(32), nullable=False),
        sa.Column("created_at_s", sa.Double, nullable=False),
        sa.Column("disabled_at_s", sa.Double),
        sa.Column("disabled_because", sa.String(32)),
    )
    op.create_index("ux_webhooks_url", "webhooks", ["tenant_id", "url"], unique=True)
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at_s", sa.Double, nullable=False),
        sa.Column("attempts", sa.JSON, nullable=False),
        sa.Column("created_at_s", sa.Double, nullable=False),
    )
    # Few rows at any time, whatever the table holds: what is looked for every second.
    is_pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_at_s"],
        postgresql_where=is_pending,
        sqlite_where=is_pending,
    )
    op.create_index("ix_webhook_deliveries_page", "webhook_deliveries", ["webhook_id", "created_at_s", "id"])
    op.create_index("ix_webhook_deliveries_age", "webhook_deliveries", ["created_at_s"])


def _results() -> None:
    op.add_column("checks", sa.Column("sealed_reply", sa.LargeBinary))
    op.add_column("checks", sa.Column("seal_key", sa.String(32)))
    op.create_index("ix_checks_seal", "checks", ["seal_key", "id"])
    op.create_index("ix_checks_age", "checks", ["tenant_id", "created_at_s"])
    op.create_index("ix_sessions_age", "sessions", ["tenant_id", "created_at_s"])
    op.create_index("ix_sessions_verification", "sessions", ["verification_id"])
    # None once all of them are sealed.
    is_plain = sa.text("reply IS NOT NULL")
    op.create_index("ix_checks_plain", "checks", ["id"], postgresql_where=is_plain, sqlite_where=is_plain)
    op.create_table(
        "deletions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("check", sa.String(64), nullable=False),
        sa.Column("deleted_at_s", sa.Double, nullable=False),
        sa.Column("erased", sa.JSON, nullable=False),
        sa.Column("receipt", sa.Text),
    )
    is_unproved = sa.text("receipt IS NULL")
    op.create_index(
        "ix_deletions_unproved",
        "deletions",
        ["deleted_at_s"],
        postgresql_where=is_unproved,
        sqlite_where=is_unproved,
    )
    op.create_table(
        "receipt_keys",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("x", sa.String(64), nullable=False),
    )
