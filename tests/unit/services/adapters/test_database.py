"""Whatever a database's driver says when it is away, the port has one word for it."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from services.adapters.sql import Database
from services.core.errors import ResultsUnavailable


@pytest.mark.parametrize(
    "error",
    [
        sa.exc.OperationalError("SELECT 1", {}, Exception("gone")),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
        asyncpg.TargetServerAttributeNotMatched("no primary among the hosts"),
        EOFError("the server hung up"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_fails_is_unavailable(error: Exception, tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/checks.db")
    with pytest.raises(ResultsUnavailable) as caught:
        async with database.statement():
            raise error
    assert caught.value.__cause__ is error
    await database.close()
