"""What the business says of answers. A row goes with its check: the database sees to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
import structlog

from services.adapters.sealing import Sealer
from services.adapters.sql.database import Database
from services.adapters.sql.results import reply_in
from services.adapters.sql.sealed import TRUTH
from services.adapters.sql.tables import checks, feedback
from services.core.errors import CheckNotFound, SealBroken
from services.core.feedback import Feedback, Labelled, Wanted

log = structlog.get_logger(__name__)

BATCH = 200
"""Rows read at once."""


class SqlFeedback:
    """The table `feedback`; a truth rests sealed. Every method raises ResultsUnavailable."""

    def __init__(self, database: Database, sealer: Sealer):
        self._database, self._sealer = database, sealer

    async def save(self, said: Feedback) -> bool:
        """The check's row is locked meanwhile: nobody deletes it, and what comes twice is counted once."""
        check = sa.select(checks.c.id).where(checks.c.id == said.id, checks.c.tenant_id == said.tenant_id)
        before = sa.select(feedback.c.verdict).where(feedback.c.id == said.id)
        row = self._row(said)
        insert = self._database.upsert(feedback).values(row)
        async with self._database.transaction() as connection:
            if (await connection.execute(check.with_for_update())).one_or_none() is None:
                raise CheckNotFound
            verdict = (await connection.execute(before)).scalar_one_or_none()
            await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=row))
        return verdict != said.verdict

    async def all(self, wanted: Wanted) -> AsyncIterator[Labelled]:
        """With the checks' replies, a page at a time."""
        last = ""
        while rows := await self._page(wanted, last):
            for one in self._labelled(rows):
                yield one
            last = rows[-1].id

    async def _page(self, wanted: Wanted, after: str) -> Sequence[sa.Row[Any]]:
        both = sa.select(feedback, checks.c.sealed_reply, checks.c.reply).join(
            checks, checks.c.id == feedback.c.id
        )
        chosen = both.where(feedback.c.id > after, *_where(wanted)).order_by(feedback.c.id).limit(BATCH)
        async with self._database.statement() as connection:
            return (await connection.execute(chosen)).all()

    def _row(self, said: Feedback) -> dict[str, Any]:
        sealed = {"sealed_truth": None, "seal_key": None}
        if said.truth is not None:
            sealed = TRUTH.sealed(self._sealer, said.id, json.dumps(said.truth))
        plain = said.model_dump(exclude={"check", "truth"})
        return {**plain, "name": said.check, **sealed}

    def _labelled(self, rows: Sequence[sa.Row[Any]]) -> Iterator[Labelled]:
        for row in rows:
            try:
                reply, truth = reply_in(row, self._sealer), self._truth(row)
            except SealBroken as error:
                log.error("damaged row", table=feedback.name, id=row.id, cause=repr(error.__cause__))
                continue
            if reply:
                yield Labelled(_feedback(row, truth), reply)

    def _truth(self, row: sa.Row[Any]) -> Any:
        if row.sealed_truth is None:
            return None
        return json.loads(TRUTH.opened(self._sealer, row.id, row.sealed_truth))


def _feedback(row: sa.Row[Any], truth: Any) -> Feedback:
    return Feedback(
        id=row.id, tenant_id=row.tenant_id, check=row.name, verdict=row.verdict, truth=truth, at_s=row.at_s
    )


def _where(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    yield feedback.c.at_s >= wanted.since_s
    if wanted.tenant_id is not None:
        yield feedback.c.tenant_id == wanted.tenant_id
    if wanted.check is not None:
        yield feedback.c.name == wanted.check
