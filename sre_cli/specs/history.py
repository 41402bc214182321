"""Entry: one change of a job, as the ledger keeps it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Result(StrEnum):
    """What came of a change."""

    RUNNING = "running"
    HEALTHY = "healthy"
    STOPPED = "stopped"
    FAILED = "failed"
    LEFT = "left alone"
    """Its `sre` ended before the verdict; the engines went on by themselves."""
    UNKNOWN = "unknown"
    """Nobody wrote it down: it was not made by `sre`."""


class Entry(BaseModel):
    """One change. What a newer version wrote beside these keys is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    job: str
    action: str
    """deploy, rollback, restart or stop; drain or resume of `node:<machine>`;
    `register`, `stop` and `config` where the engines alone tell of it."""
    began_at: datetime
    ended_at: datetime | None = None
    by: str
    why: str = ""
    before: str = ""
    """Version that ran before; empty when there was none."""
    after: str = ""
    changes: tuple[str, ...] = ()
    """The plan, one line a field."""
    nomad_versions: tuple[int, ...] = ()
    """Versions that Nomad gave the job meanwhile, a rollback's included."""
    result: Result = Result.RUNNING
    evidence: str = ""
    """Why it failed: the message, then the containers' last lines."""
