"""Builds the adapters of what takes, restores and renews the state of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sre_cli.flows.rotate import Rotated
    from sre_cli.flows.snapshot import Restore, Snapshot
    from sre_cli.flows.upgrade import Upgrade
    from sre_cli.ports_state import StateStore
    from sre_cli.specs.outputs import Outputs
    from sre_cli.specs.snapshot import SnapshotManifest


def take_snapshot(
    env: str, to: Path | None, only: list[str], say: Callable[[str], None]
) -> tuple[SnapshotManifest, Path]:
    """Save the state of the environment's engines into `to`, or a new folder: its manifest, and where."""
    from datetime import UTC, datetime

    from sre_cli import wiring
    from sre_cli.adapters.snapshot_folder import DiskSnapshotFolder
    from sre_cli.specs.outputs import Outputs
    from sre_cli.specs.paths import snapshots_dir

    outputs, now = Outputs.load(wiring.cluster_spec(env).env), datetime.now(UTC)
    folder = to or snapshots_dir() / f"{outputs.env}-{now:%Y%m%dT%H%M%SZ}"
    flow = _snapshot(outputs, say)
    notes = ["postgres: managed, so in the cloud's own backups"] if outputs.postgres else []
    place = DiskSnapshotFolder(folder)
    return flow.take(outputs.env, _ca_sha256(outputs), now, place, only=only, notes=notes), folder


def prepare_restore(env: str, folder: Path, only: list[str], say: Callable[[str], None]) -> Restore:
    """Check that the snapshot in `folder` may be restored."""
    from sre_cli import wiring
    from sre_cli.adapters.snapshot_folder import DiskSnapshotFolder
    from sre_cli.specs.outputs import Outputs
    from sre_cli.specs.snapshot import SnapshotManifest

    outputs, manifest = Outputs.load(wiring.cluster_spec(env).env), SnapshotManifest.load(folder)
    store, flow = DiskSnapshotFolder(folder), _snapshot(outputs, say)
    return flow.prepare(manifest, store, outputs.env, _ca_sha256(outputs), only)


def rotate_certificates(env: str, say: Callable[[str], None]) -> Rotated:
    """Renew the environment's certificates while it serves."""
    from sre_cli import wiring
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.adapters.tls_certificates import TlsCertificates
    from sre_cli.flows.rotate import rotate_certificates
    from sre_cli.specs.outputs import Outputs

    outputs = Outputs.load(wiring.cluster_spec(env).env)
    urls = [outputs.nomad_url, outputs.consul_url]
    shown = TlsCertificates(urls, outputs.ca_file, mend=f"sre infra up {outputs.env}")
    renew = wiring.environment(env).renew_certificates
    return rotate_certificates(outputs.env, renew, shown, SystemClock(), say)


def alone(env: str) -> AbstractContextManager[None]:
    """Waits until no other run of this machine changes the environment, and keeps them out."""
    from infra.exclusive import exclusive
    from sre_cli import wiring
    from sre_cli.specs.paths import state_dir

    return exclusive(state_dir(wiring.cluster_spec(env).env))


def upgrade(env: str, engine: str, say: Callable[[str], None]) -> Upgrade:
    """The upgrade flow on the environment's agents of `engine`."""
    from functools import partial

    from infra.releases import release
    from sre_cli import wiring
    from sre_cli.adapters.fleet import FLEETS, connect
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.flows.upgrade import Upgrade
    from sre_cli.specs.outputs import Outputs

    spec = wiring.cluster_spec(env)
    outputs = Outputs.load(spec.env)
    nomad = connect(outputs.nomad_url, "X-Nomad-Token", outputs.nomad_token(), outputs.ca_file)
    consul = connect(outputs.consul_url, "X-Consul-Token", outputs.consul_token(), outputs.ca_file)
    fleet = FLEETS[engine](nomad, consul, partial(release, spec.cloud), mend=f"sre infra up {spec.env}")
    return Upgrade(spec.env, fleet, spec.servers.count, SystemClock(), say)


def _snapshot(outputs: Outputs, say: Callable[[str], None]) -> Snapshot:
    from infra.toolchain.ensure import ensure
    from sre_cli import wiring
    from sre_cli.adapters.postgres_dump import JOB, PostgresDumpStore
    from sre_cli.adapters.raft_snapshot import CONSUL, NOMAD, RaftSnapshotStore
    from sre_cli.adapters.system_clock import SystemClock
    from sre_cli.flows.snapshot import Snapshot

    env, token, ca_file = outputs.env, outputs.nomad_token(), outputs.ca_file
    mend = f"sre infra up {env}"
    # In the order in which they are restored.
    stores: list[StateStore] = [
        RaftSnapshotStore(CONSUL, outputs.consul_url, outputs.consul_token(), ca_file, mend=mend),
        RaftSnapshotStore(NOMAD, outputs.nomad_url, token, ca_file, mend=mend),
    ]
    if outputs.postgres is None:
        told = {"NOMAD_ADDR": outputs.nomad_url, "NOMAD_TOKEN": token, "NOMAD_CACERT": str(ca_file)}
        mend = f"sre deploy {JOB} --env {env}"
        stores.append(
            PostgresDumpStore(ensure(["nomad"])["nomad"], told, wiring.orchestrator(env), mend=mend)
        )
    return Snapshot(stores, SystemClock(), say)


def _ca_sha256(outputs: Outputs) -> str:
    from hashlib import sha256

    return sha256(outputs.ca_file.read_bytes()).hexdigest()
