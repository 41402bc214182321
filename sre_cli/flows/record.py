"""Changes of jobs: one at a time, and each written down with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sre_cli.core.history import Change
from sre_cli.errors import EngineUnavailable, SreError
from sre_cli.ports import Ledger, Orchestrator
from sre_cli.specs.history import Entry, Result

EVIDENCE_CHARS = 8000
"""The last of it: that is where a container says why it died."""
GOOD = {"stop": Result.STOPPED}
"""What a change that went well comes to; HEALTHY where it is not here."""

IsLost = Callable[[], bool]
"""Whether the lock is gone under which the change is made."""
Recording = Callable[[Change], AbstractContextManager[IsLost]]


def unrecorded(_: Change) -> AbstractContextManager[IsLost]:
    """For a change that nobody has to know of."""
    return nullcontext(lambda: False)


@dataclass
class Recorder:
    """Keeps the ledger of one environment."""

    ledger: Ledger
    orchestrator: Orchestrator
    now: Callable[[], datetime]
    by: str
    why: str
    say: Callable[[str], None]

    @contextmanager
    def recording(self, change: Change) -> Iterator[IsLost]:
        """Hold the job while the body changes it, and write down how that ended.

        Raises Refused: somebody else is changing the job. Raises EngineUnavailable: before anything is done.
        """
        entry = Entry(
            id=uuid4().hex[:8],
            job=change.job,
            action=change.action,
            began_at=self.now(),
            by=self.by,
            why=self.why,
            before=change.before,
            after=change.after,
            changes=change.lines,
        )
        with self.ledger.hold(entry) as is_lost:
            self.ledger.write(entry)
            newest = self._newest(change.job)
            try:
                yield is_lost
            except BaseException as error:
                is_open = isinstance(error, EngineUnavailable | KeyboardInterrupt)
                self._end(entry, newest, Result.LEFT if is_open else Result.FAILED, _evidence(error))
                raise
            self._end(entry, newest, GOOD.get(change.action, Result.HEALTHY))

    def _end(self, entry: Entry, newest: int, result: Result, evidence: str = "") -> None:
        """What was done is done, also when it cannot be written down any more."""
        try:
            made = [one.number for one in self.orchestrator.versions(entry.job) if one.number > newest]
            told = {"ended_at": self.now(), "result": result, "evidence": evidence}
            self.ledger.write(entry.model_copy(update={**told, "nomad_versions": tuple(sorted(made))}))
        except EngineUnavailable as error:
            self.say(f"{entry.job}: not written into the history: {error.message}")

    def _newest(self, job: str) -> int:
        return max((one.number for one in self.orchestrator.versions(job)), default=-1)


def _evidence(error: BaseException) -> str:
    if not isinstance(error, SreError):
        return f"{type(error).__name__}: {error}"
    return f"{error.message}\n{error.detail or ''}".strip()[-EVIDENCE_CHARS:]
