"""Tenants, their keys and their usage; whose each check is, and the idempotency key it was asked for with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them. A version that knows no tenants goes on writing checks: they are of the tenant `local`."""
    op.create_table(
        "tenants",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False, unique=True),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("rate_rps", sa.Double, nullable=False),
        sa.Column("burst", sa.Integer, nullable=False),
        sa.Column("quota_month", sa.Integer),
        sa.Column("created_at_s", sa.Double, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("tenant_id", sa.String(16), sa.ForeignKey("tenants.id"), nullable=False, index=True),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at_s", sa.Double, nullable=False),
        sa.Column("expires_at_s", sa.Double),
        sa.Column("revoked_at_s", sa.Double),
    )
    op.create_table(
        "usage",
        sa.Column("check_id", sa.String(32), primary_key=True),
        sa.Column("tenant_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("billable", sa.Boolean, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
    )
    op.create_index("ix_usage_month", "usage", ["tenant_id", "month", "billable"])
    op.add_column("checks", sa.Column("tenant_id", sa.String(16), nullable=False, server_default="local"))
    op.add_column("checks", sa.Column("idempotency_key", sa.String(128)))
    op.add_column("checks", sa.Column("request_hash", sa.String(64)))
    op.create_index("ux_checks_idempotency", "checks", ["tenant_id", "idempotency_key"], unique=True)
    # Few rows at any time, whatever the table holds: what the quota counts besides the usage.
    is_pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_checks_pending", "checks", ["tenant_id"], postgresql_where=is_pending, sqlite_where=is_pending
    )
