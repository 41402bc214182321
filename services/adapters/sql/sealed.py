"""Columns whose contents are sealed: each beside the id of the key that it is sealed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.adapters.sealing import Sealer
from services.adapters.sql.tables import checks, feedback, webhooks


@dataclass(frozen=True)
class SealedColumn:
    """One of a table that has the columns `id` and `seal_key`."""

    column: sa.Column[bytes]
    plain: sa.Column[Any] | None = None
    """Where versions that did not seal wrote the same, as JSON."""

    @property
    def columns(self) -> list[sa.Column[Any]]:
        """Where it may be."""
        return [self.column] if self.plain is None else [self.column, self.plain]

    @property
    def table(self) -> sa.Table:
        """Its table."""
        table = self.column.table
        assert isinstance(table, sa.Table)  # noqa: S101  # none of these belongs to a query
        return table

    def sealed(self, sealer: Sealer, row_id: str, text: str) -> dict[str, Any]:
        """The values of a row that shall hold `text`."""
        data = bytes(sealer.seal(text.encode(), self._about(row_id)))
        return {self.column.name: data, "seal_key": sealer.first}

    def opened(self, sealer: Sealer, row_id: str, data: bytes) -> str:
        """The inverse. Raises SealKeyUnknown, SealBroken."""
        return sealer.open(data, self._about(row_id)).decode()

    def _about(self, row_id: str) -> str:
        return f"{self.table.name}.{self.column.name}/{row_id}"


REPLY = SealedColumn(checks.c.sealed_reply, plain=checks.c.reply)
SECRETS = SealedColumn(webhooks.c.sealed_secrets)
TRUTH = SealedColumn(feedback.c.sealed_truth)
COLUMNS = (REPLY, SECRETS, TRUTH)
"""All that `SqlUpkeep.reseal` looks after."""
