"""`sre history`: what changed, in the order in which somebody on call asks."""

from __future__ import annotations

from datetime import datetime

from sre_cli.core.history import merge_history
from sre_cli.ports import Ledger, Orchestrator
from sre_cli.specs.history import Entry


def history(ledger: Ledger, orchestrator: Orchestrator, job: str | None, since: datetime) -> list[Entry]:
    """Changes of `job`, or of all jobs, that began at `since` or later; the newest first."""
    names = [job] if job else [state.job for state in orchestrator.jobs()]
    versions = [version for name in names for version in orchestrator.versions(name)]
    config = [change for change in orchestrator.config_changes() if job in (None, change.job)]
    found = merge_history(ledger.entries(job), versions, config, ledger.held())
    return [entry for entry in found if entry.began_at >= since]
