"""Takes and restores the state of a cluster: Nomad, Consul, PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.ports import Clock
from sre_cli.ports_state import SnapshotFolder, StateStore
from sre_cli.specs.snapshot import PartName, SnapshotManifest, SnapshotPart

READY_S = 180.0
PAUSE_S = 1.0
SAVE_TRIES = 3
"""A server may be asked in the moment in which its leader hangs up; asking again costs nothing."""
OF_ONE_IDENTITY: set[PartName] = {"consul", "nomad"}
"""Hold the tokens of the cluster that wrote them; on another one nobody would be let in."""


@dataclass(frozen=True)
class Restore:
    """A snapshot that was checked and may be restored."""

    env: str
    """Where it goes."""
    taken_at: datetime
    parts: list[SnapshotPart]
    run: Callable[[], None]


class Snapshot:
    """The flow, over the stores in the order in which they are restored."""

    def __init__(self, stores: Sequence[StateStore], clock: Clock, say: Callable[[str], None]):
        self._stores = {store.name: store for store in stores}
        self._clock = clock
        self._say = say

    def take(
        self,
        env: str,
        ca_sha256: str,
        now: datetime,
        folder: SnapshotFolder,
        *,
        only: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> SnapshotManifest:
        """Write the state of the stores in `only`, all where it is empty, and the manifest into `folder`.

        Raises UsageError: when there is no such store. EngineUnavailable: when one fails; nothing is left
        of it then.
        """
        unknown = [name for name in only if name not in self._stores]
        if unknown:
            raise UsageError(f"no {', '.join(unknown)} to save", hint=f"there are {', '.join(self._stores)}")
        stores = [store for name, store in self._stores.items() if not only or name in only]
        try:
            parts = [self._save(store, folder) for store in stores]
            manifest = SnapshotManifest(
                env=env, taken_at=now, ca_sha256=ca_sha256, parts=parts, notes=list(notes)
            )
            folder.finish(manifest)
        except BaseException:
            # Half a snapshot is none, and holds secrets all the same.
            folder.discard()
            raise
        return manifest

    def prepare(
        self,
        manifest: SnapshotManifest,
        folder: SnapshotFolder,
        env: str,
        ca_sha256: str,
        only: Sequence[str],
    ) -> Restore:
        """What `run` will restore to `env`: the parts of `only`, all where it is empty.

        `ca_sha256` is of the certificate authority of `env`.

        Raises Refused: when a file is not what was written, or the snapshot is another cluster's.
        """
        names = [part.name for part in manifest.parts]
        absent = [name for name in only if name not in names]
        if absent:
            raise Refused(f"the snapshot has no {', '.join(absent)}", hint=f"it has {', '.join(names)}")
        parts = [part for part in manifest.parts if not only or part.name in only]
        self._refuse_homeless(parts, env)
        _refuse_broken(parts, folder)
        if ca_sha256 != manifest.ca_sha256:
            _refuse_foreign(parts, manifest.env)
        return Restore(env, manifest.taken_at, parts, partial(self._restore, parts, folder))

    def _refuse_homeless(self, parts: Sequence[SnapshotPart], env: str) -> None:
        homeless = [part.name for part in parts if part.name not in self._stores]
        if homeless:
            raise Refused(
                f"{env} runs no {', '.join(homeless)} on its nodes any more: nothing was restored",
                hint=" ".join(f"--only {name}" for name in self._stores)
                + "; pg_restore reads the rest into the cloud's",
            )

    def _restore(self, parts: Sequence[SnapshotPart], folder: SnapshotFolder) -> None:
        # One that fails leaves those before it restored; running it again is safe.
        for part in parts:
            store = self._stores[part.name]
            self._wait(store)
            self._say(f"restore {part.name}")
            store.restore(folder.file(part.file))
            self._wait(store)

    def _save(self, store: StateStore, folder: SnapshotFolder) -> SnapshotPart:
        self._say(f"save {store.name}")
        path = folder.new_file(f"{store.name}.snapshot")
        version = self._write(store, path)
        size_bytes, sha256 = folder.measure(path.name)
        return SnapshotPart(
            name=store.name, file=path.name, version=version, size_bytes=size_bytes, sha256=sha256
        )

    def _write(self, store: StateStore, path: Path, tries: int = SAVE_TRIES) -> str:
        try:
            version = store.version()
            store.save(path)
        except EngineUnavailable as error:
            if tries == 1:
                raise
            self._say(f"{error.message}: once more")
            self._clock.sleep(PAUSE_S)
            return self._write(store, path, tries - 1)
        return version

    def _wait(self, store: StateStore) -> None:
        until = self._clock.monotonic() + READY_S
        while not store.is_ready():
            if self._clock.monotonic() > until:
                raise EngineUnavailable(
                    f"{store.name} does not serve after {READY_S:.0f} s", hint="sre status"
                )
            self._say(f"wait for {store.name}")
            self._clock.sleep(PAUSE_S)


def _refuse_broken(parts: Sequence[SnapshotPart], folder: SnapshotFolder) -> None:
    broken = [part.file for part in parts if folder.measure(part.file) != (part.size_bytes, part.sha256)]
    if broken:
        raise Refused(
            f"{', '.join(broken)}: not what was written, the sum differs", hint="take another snapshot"
        )


def _refuse_foreign(parts: Sequence[SnapshotPart], env: str) -> None:
    locked = [part.name for part in parts if part.name in OF_ONE_IDENTITY]
    if locked:
        raise Refused(
            f"the snapshot is of {env} under another certificate authority: the tokens in "
            f"{', '.join(locked)} would lock everybody out",
            hint="--only postgres; the rest goes into a cluster brought up from the state folder it had",
        )
