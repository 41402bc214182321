"""All that rests in PostgreSQL or SQLite: the same tables and statements for both."""

from __future__ import annotations

from services.adapters.sql.database import Database
from services.adapters.sql.deletions import SqlDeletions
from services.adapters.sql.feedback import SqlFeedback
from services.adapters.sql.outbox import SqlOutbox
from services.adapters.sql.results import SqlResults
from services.adapters.sql.sessions import SqlSessions
from services.adapters.sql.tenants import SqlTenants
from services.adapters.sql.upkeep import SqlSeals, SqlUpkeep
from services.adapters.sql.usage import SqlUsage
from services.adapters.sql.webhooks import SqlEndpoints, SqlWebhooks

__all__ = [
    "Database",
    "SqlDeletions",
    "SqlEndpoints",
    "SqlFeedback",
    "SqlOutbox",
    "SqlResults",
    "SqlSeals",
    "SqlSessions",
    "SqlTenants",
    "SqlUpkeep",
    "SqlUsage",
    "SqlWebhooks",
]
