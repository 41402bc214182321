"""The tables as this version reads and writes them; `adapters.migrations` makes them."""

from __future__ import annotations

import sqlalchemy as sa

_metadata = sa.MetaData()

checks = sa.Table(
    "checks",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant_id", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("created_at_s", sa.Double, nullable=False),
    sa.Column("deadline_s", sa.Double, nullable=False),
    sa.Column("reply", sa.JSON),
    sa.Column("idempotency_key", sa.String(128)),
    sa.Column("request_hash", sa.String(64)),
    sa.Column("parent_id", sa.String(32)),
    sa.Column("sealed_reply", sa.LargeBinary),
    sa.Column("seal_key", sa.String(32)),
)
tenants = sa.Table(
    "tenants",
    _metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(63), nullable=False, unique=True),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("rate_rps", sa.Double, nullable=False),
    sa.Column("burst", sa.Integer, nullable=False),
    sa.Column("quota_month", sa.Integer),
    sa.Column("created_at_s", sa.Double, nullable=False),
    sa.Column("retention_days", sa.Integer, nullable=False),
)
api_keys = sa.Table(
    "api_keys",
    _metadata,
    sa.Column("id", sa.String(12), primary_key=True),
    sa.Column("tenant_id", sa.String(16), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False),
    sa.Column("created_at_s", sa.Double, nullable=False),
    sa.Column("expires_at_s", sa.Double),
    sa.Column("revoked_at_s", sa.Double),
)
sessions = sa.Table(
    "sessions",
    _metadata,
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
usage = sa.Table(
    "usage",
    _metadata,
    sa.Column("check_id", sa.String(32), primary_key=True),
    sa.Column("tenant_id", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("billable", sa.Boolean, nullable=False),
    sa.Column("at_s", sa.Double, nullable=False),
)
webhooks = sa.Table(
    "webhooks",
    _metadata,
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
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    _metadata,
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
feedback = sa.Table(
    "feedback",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant_id", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("at_s", sa.Double, nullable=False),
    sa.Column("sealed_truth", sa.LargeBinary),
    sa.Column("seal_key", sa.String(32)),
)
deletions = sa.Table(
    "deletions",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant_id", sa.String(16), nullable=False),
    sa.Column("check", sa.String(64), nullable=False),
    sa.Column("deleted_at_s", sa.Double, nullable=False),
    sa.Column("erased", sa.JSON, nullable=False),
    sa.Column("receipt", sa.Text),
)
receipt_keys = sa.Table(
    "receipt_keys",
    _metadata,
    sa.Column("kid", sa.String(64), primary_key=True),
    sa.Column("x", sa.String(64), nullable=False),
)
