"""The Ledger port in Consul's key-value store, below `sre/`.

sre/history/<job>/<time>-<id>   an entry, as JSON
sre/changing/<job>              who changes the job now; held by a session that ends with its holder
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pydantic import ValidationError

from sre_cli.adapters.consul_client import ConsulClient
from sre_cli.errors import EngineUnavailable, Refused
from sre_cli.specs.history import Entry

HISTORY, CHANGING = "sre/history/", "sre/changing/"
KEPT = 200
"""Entries a job."""
SESSION_S = 10
"""The least that Consul knows. A session that was not renewed ends after once to twice that time."""
RENEW_S = SESSION_S / 3


class ConsulLedger:
    """What was done to an environment's jobs, where everybody who works on it sees it."""

    def __init__(self, connect: Callable[[], ConsulClient]):
        """`connect` makes a client; a session is renewed by a thread with one of its own."""
        self._connect = connect
        self._client = connect()

    @contextmanager
    def hold(self, entry: Entry) -> Iterator[Callable[[], bool]]:
        """Keep others from changing the job meanwhile; asked, it tells whether that has been lost.

        Raises Refused: somebody else is at it.
        """
        session = self._client.ask(
            # No health check of a node: the agent that was asked may be the one that dies.
            lambda c: c.session.create(f"sre {entry.action} {entry.job}", checks=[], lock_delay=0,
                                       behavior="delete", ttl=SESSION_S)
        )  # fmt: skip
        ended, lost = threading.Event(), threading.Event()
        renewing = threading.Thread(target=self._renew, args=(session, ended, lost), daemon=True)
        renewing.start()
        try:
            self._acquire(entry, session)
            yield lost.is_set
        finally:
            ended.set()
            renewing.join()
            with suppress(EngineUnavailable):  # it ends by itself
                self._client.ask(lambda c: c.session.destroy(session))

    def write(self, entry: Entry) -> None:
        """Keep the entry, in the place of an earlier state of it; the job's oldest ones go."""
        folder = f"{HISTORY}{entry.job}/"
        key = f"{folder}{entry.began_at:%Y%m%dT%H%M%S}-{entry.id}"
        self._client.ask(lambda c: c.kv.put(key, entry.model_dump_json()))
        keys = self._client.ask(lambda c: c.kv.get(folder, keys=True))[1] or []
        for old in sorted(keys)[:-KEPT]:
            self._client.ask(lambda c, old=old: c.kv.delete(old))  # type: ignore[misc]

    def entries(self, job: str | None = None) -> list[Entry]:
        """Every entry of the job, or of all jobs."""
        return _read(self._get(f"{HISTORY}{job}/" if job else HISTORY))

    def held(self) -> dict[str, str]:
        """The jobs that somebody is changing now, and the ids of those entries."""
        return {entry.job: entry.id for entry in _read(self._get(CHANGING))}

    def _acquire(self, entry: Entry, session: str) -> None:
        key, holder = f"{CHANGING}{entry.job}", entry.model_dump_json()
        if self._client.ask(lambda c: c.kv.put(key, holder, acquire=session)):
            return
        told = _read(self._get(key))
        who = _holder(told[0]) if told else "somebody, until a moment ago"
        raise Refused(
            f"{entry.job}: is being changed: {who}; nothing was done",
            hint=f"wait for it; when it has died, its lock ends within {2 * SESSION_S} s",
        )

    def _renew(self, session: str, ended: threading.Event, lost: threading.Event) -> None:
        client = self._connect()
        while not ended.wait(RENEW_S):
            with suppress(EngineUnavailable):
                # Renewing one that has ended fails like a Consul that is away: asking for it does not.
                if not client.ask(lambda c: c.session.info(session))[1]:
                    lost.set()
                    return
                client.ask(lambda c: c.session.renew(session))

    def _get(self, key: str) -> list[dict[str, Any]]:
        return self._client.ask(lambda c: c.kv.get(key, recurse=True))[1] or []


def _read(found: list[dict[str, Any]]) -> list[Entry]:
    entries = []
    for one in found:
        with suppress(ValidationError):  # of another version, or written by hand
            entries.append(Entry.model_validate_json(one["Value"] or b""))
    return entries


def _holder(entry: Entry) -> str:
    versions = f" {entry.before or 'nothing'} -> {entry.after}" if entry.after else ""
    why = f" ({entry.why})" if entry.why else ""
    return f"{entry.by}, {entry.action}{versions}, since {entry.began_at.astimezone():%H:%M:%S}{why}"
