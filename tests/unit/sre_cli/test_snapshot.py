"""Snapshots: what is written can be checked, what is broken or another cluster's is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sre_cli.adapters.snapshot_folder import DiskSnapshotFolder
from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.flows.snapshot import READY_S, SAVE_TRIES, Snapshot
from sre_cli.specs.snapshot import PartName, SnapshotManifest
from tests.unit.sre_cli.fakes import FakeClock

NOW = datetime(2026, 11, 22, 23, tzinfo=UTC)


class FakeStore:
    """A store whose state is a text; it serves `late` questions after it was restored."""

    def __init__(self, name: PartName, log: list[str], late: int = 0):
        self.name: PartName = name
        self.state = f"{name} before"
        self._log = log
        self._late, self._waiting = late, 0
        self.hangs_up = 0
        """How often it does not finish a snapshot."""

    def version(self) -> str:
        return "1.2.3"

    def save(self, path: Path) -> None:
        self.hangs_up -= 1
        if self.hangs_up >= 0:
            path.write_text(self.state[:2])
            raise EngineUnavailable("connection reset by peer")
        path.write_text(self.state)

    def restore(self, path: Path) -> None:
        self.state = path.read_text()
        self._log.append(self.name)
        self._waiting = self._late

    def is_ready(self) -> bool:
        self._waiting -= 1
        return self._waiting < 0


class Rig:
    def __init__(self, tmp_path: Path, late: int = 0):
        self.restored: list[str] = []
        names: tuple[PartName, ...] = ("consul", "nomad", "postgres")
        self.stores = {name: FakeStore(name, self.restored, late) for name in names}
        self.path = tmp_path / "snapshot"
        self.folder = DiskSnapshotFolder(self.path)
        self.flow = Snapshot(list(self.stores.values()), FakeClock(), lambda line: None)

    def take(self) -> SnapshotManifest:
        self.flow.take("blue", "ca-1", NOW, self.folder, notes=["a note"])
        return SnapshotManifest.load(self.path)

    def states(self) -> list[str]:
        return [store.state for store in self.stores.values()]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_what_was_saved_comes_back_in_order(rig: Rig) -> None:
    manifest = rig.take()
    assert (manifest.env, manifest.taken_at, manifest.notes) == ("blue", NOW, ["a note"])
    for store in rig.stores.values():
        store.state = "lost"
    rig.flow.prepare(manifest, rig.folder, "blue", "ca-1", []).run()
    assert rig.states() == ["consul before", "nomad before", "postgres before"]
    assert rig.restored == ["consul", "nomad", "postgres"]


def test_a_store_that_hangs_up_is_asked_again_but_not_for_ever(rig: Rig) -> None:
    rig.stores["consul"].hangs_up = SAVE_TRIES - 1
    rig.take()
    assert (rig.path / "consul.snapshot").read_text() == "consul before"
    rig.folder.discard()
    rig.stores["consul"].hangs_up = SAVE_TRIES
    with pytest.raises(EngineUnavailable, match="reset by peer"):
        rig.take()
    assert not rig.path.exists()


def test_a_manifest_that_cannot_be_written_leaves_no_secrets(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(manifest: SnapshotManifest) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rig.folder, "finish", full)
    with pytest.raises(OSError, match="No space left"):
        rig.take()
    assert not rig.path.exists()


def test_an_engine_that_left_the_nodes_is_told_before_anything_is_restored(rig: Rig) -> None:
    manifest = rig.take()
    kept = [store for name, store in rig.stores.items() if name != "postgres"]
    flow = Snapshot(kept, FakeClock(), lambda line: None)
    with pytest.raises(Refused, match="blue runs no postgres on its nodes any more") as refusal:
        flow.prepare(manifest, rig.folder, "blue", "ca-1", [])
    assert "--only consul --only nomad" in (refusal.value.hint or "")
    assert rig.restored == []
    flow.prepare(manifest, rig.folder, "blue", "ca-1", ["nomad"]).run()
    assert rig.restored == ["nomad"]


def test_a_part_alone_can_be_saved(rig: Rig) -> None:
    manifest = rig.flow.take("blue", "ca-1", NOW, rig.folder, only=["nomad"])
    assert [part.name for part in manifest.parts] == ["nomad"]
    with pytest.raises(UsageError, match="no mysql to save"):
        rig.flow.take("blue", "ca-1", NOW, rig.folder, only=["mysql"])


def test_half_a_snapshot_is_not_left_behind(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise EngineUnavailable("job postgres does not run")

    monkeypatch.setattr(rig.stores["postgres"], "save", fail)
    with pytest.raises(EngineUnavailable):
        rig.take()
    assert not rig.path.exists()


def test_only_its_owner_may_read_a_snapshot(rig: Rig) -> None:
    rig.take()
    assert rig.path.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in rig.path.iterdir()}
    assert modes == dict.fromkeys(
        ["consul.snapshot", "nomad.snapshot", "postgres.snapshot", "manifest.json"], 0o600
    )


def test_no_snapshot_is_written_over(rig: Rig) -> None:
    rig.take()
    before = (rig.path / "consul.snapshot").read_text()
    with pytest.raises(UsageError, match="exists already"):
        Snapshot(list(rig.stores.values()), FakeClock(), lambda line: None).take(
            "blue", "ca-1", NOW, DiskSnapshotFolder(rig.path)
        )
    assert (rig.path / "consul.snapshot").read_text() == before


def test_a_file_that_changed_is_refused_before_anything_is_restored(rig: Rig) -> None:
    manifest = rig.take()
    (rig.path / "postgres.snapshot").write_text("postgres BEFORE")
    with pytest.raises(Refused, match=r"postgres\.snapshot: not what was written"):
        rig.flow.prepare(manifest, rig.folder, "blue", "ca-1", [])
    assert rig.restored == []


def test_a_part_that_is_lost_is_named(rig: Rig) -> None:
    manifest = rig.take()
    (rig.path / "nomad.snapshot").unlink()
    with pytest.raises(UsageError, match=r"nomad\.snapshot: No such file"):
        rig.flow.prepare(manifest, rig.folder, "blue", "ca-1", [])


def test_one_part_alone(rig: Rig) -> None:
    ready = rig.flow.prepare(rig.take(), rig.folder, "blue", "ca-1", ["nomad"])
    ready.run()
    assert rig.restored == ["nomad"]
    with pytest.raises(Refused, match="the snapshot has no mysql"):
        rig.flow.prepare(SnapshotManifest.load(rig.path), rig.folder, "blue", "ca-1", ["mysql"])


def test_another_clusters_tokens_are_refused_but_its_database_may_come(rig: Rig) -> None:
    manifest = rig.take()
    with pytest.raises(Refused, match="of blue under another certificate authority"):
        rig.flow.prepare(manifest, rig.folder, "blue", "ca-2", [])
    rig.flow.prepare(manifest, rig.folder, "blue", "ca-2", ["postgres"]).run()
    assert rig.restored == ["postgres"]


def test_each_engine_serves_before_the_next_is_restored(tmp_path: Path) -> None:
    rig = Rig(tmp_path, late=3)
    rig.flow.prepare(rig.take(), rig.folder, "blue", "ca-1", []).run()
    assert rig.restored == ["consul", "nomad", "postgres"]


def test_an_engine_that_never_serves_stops_the_restore(tmp_path: Path) -> None:
    rig = Rig(tmp_path, late=int(READY_S) + 10)
    ready = rig.flow.prepare(rig.take(), rig.folder, "blue", "ca-1", [])
    with pytest.raises(EngineUnavailable, match="consul does not serve after 180 s"):
        ready.run()
    assert rig.restored == ["consul"]


def test_a_folder_without_a_manifest_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no snapshot in"):
        SnapshotManifest.load(tmp_path)
    (tmp_path / "manifest.json").write_text('{"env": "blue"}')
    with pytest.raises(UsageError, match="no manifest of a snapshot"):
        SnapshotManifest.load(tmp_path)
