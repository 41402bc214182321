"""One container as it should be, made so from whatever is there."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from infra.clouds.local.docker import ENV_LABEL, attempt, docker, flags, inspect, is_of
from infra.clouds.local.files import write
from sre_cli.errors import EngineUnavailable

RUNNING, GONE = "running", "gone"
UNUSABLE = ("created", "removing", "dead")
"""Docker's words for what a killed run may have left without its files, or half removed."""
REMOVALS = 10
"""How often, a second apart, a removal is asked for that another run has begun and not ended."""
MADE_FROM_LABEL = "sre.made-from"


@dataclass(frozen=True)
class Container:
    """What a container is made from: another value is another container, but for most of its networks."""

    name: str
    env: str
    image: str
    networks: Mapping[str, str]
    """Its address in each. The first of the alphabet, through which Docker publishes ports and routes by
    default, is part of what it is made from; it joins the others as it runs."""
    options: tuple[str, ...] = ()
    """Words of `docker create`."""
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Where each volume is mounted. They outlive the container, and go with `remove`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Written before it starts."""

    @property
    def made_from(self) -> str:
        """Tells whether a container is as this one would be made now."""
        # Volumes are no part of it that could change, and options come from JSON as lists.
        parts = asdict(self) | {"networks": {self.home: self.networks[self.home]}}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def home(self) -> str:
        """The network that it is made in."""
        return min(self.networks)


def observe(wanted: Container) -> str:
    """What became of the container: `running` when it is as it should be, else what is wrong with it."""
    found = inspect("container", wanted.name)
    return _judge(wanted, found[0]) if found else GONE


def ensure(wanted: Container, live: Mapping[str, str], *, patience_s: int = 10) -> bool:
    """Make the container so, as gently as its state allows; says whether it had to be made anew.

    `live` files are those that may change while it runs. A container made from something else gets
    `patience_s` to end. Raises EngineUnavailable: also when one of that name belongs to somebody else.
    """
    found = inspect("container", wanted.name)
    if found and not is_of(wanted.env, found[0]):
        raise EngineUnavailable(
            f"the container {wanted.name} does not belong to {wanted.env}: it is left alone",
            hint=f"docker container rm {wanted.name}, if nobody needs it",
        )
    if found and (_label(found[0]) != wanted.made_from or found[0]["State"]["Status"] in UNUSABLE):
        end(wanted.name, patience_s)
        found = []
    if not found:
        _create(wanted)
    # Before it starts: a node reads them when it boots.
    write(wanted.name, {**({} if found else wanted.files), **live})
    _attach(wanted)
    if found and found[0]["State"]["Paused"]:
        docker("container", "unpause", wanted.name)
    _start(wanted, patience_s)
    return not found


def is_running(name: str) -> bool:
    """Whether there is a container of that name that runs, as it should be or not."""
    found = inspect("container", name)
    return bool(found) and found[0]["State"]["Status"] == RUNNING


def end(name: str, patience_s: int) -> None:
    """Let the container end in its own way, then remove it; fine when it is gone. Its volumes stay."""
    attempt(["container", "stop", "--time", str(patience_s), name], deadline_s=patience_s + 60)
    rm = ["container", "rm", "--force", name]
    for _ in range(REMOVALS):
        # What a killed run asked the engine for may still be under way.
        if attempt(rm).returncode == 0 or not inspect("container", name):
            return
        time.sleep(1)
    docker(*rm)


def remove(wanted: Container, patience_s: int = 10) -> None:
    """End the container and remove its volumes; fine when there is neither, or only somebody else's."""
    if any(is_of(wanted.env, found) for found in inspect("container", wanted.name)):
        end(wanted.name, patience_s)
    if wanted.volumes:
        docker("volume", "rm", "--force", *wanted.volumes)


def _create(wanted: Container) -> None:
    mine = [f"{ENV_LABEL}={wanted.env}", *(f"{key}={value}" for key, value in wanted.labels.items())]
    for volume in wanted.volumes:
        docker("volume", "create", *flags("label", mine), volume)
    mounts = [f"{volume}:{path}" for volume, path in wanted.volumes.items()]
    docker(
        *("container", "create", "--name", wanted.name, "--restart", "unless-stopped"),
        *flags("label", [*mine, f"{MADE_FROM_LABEL}={wanted.made_from}"]),
        *flags("volume", mounts),
        *("--network", wanted.home, "--ip", wanted.networks[wanted.home]),
        *wanted.options,
        *(wanted.image, *wanted.command),
    )


def _attach(wanted: Container) -> None:
    [found] = inspect("container", wanted.name)
    attached, stale = _addresses(found), set(_stale_networks(found))
    for network, address in wanted.networks.items():
        if attached.get(network) == address and network not in stale:
            continue
        if network in attached:
            docker("network", "disconnect", "--force", network, wanted.name)
        docker("network", "connect", "--ip", address, network, wanted.name)


def _stale_networks(found: Mapping[str, Any]) -> Iterator[str]:
    """Those made anew since the container stopped: Docker would look for the one that is gone."""
    attached = found["NetworkSettings"]["Networks"]
    known = {network["Name"]: network["Id"] for network in inspect("network", *attached)}
    for name, endpoint in attached.items():
        # One that never started names no network yet.
        if endpoint.get("NetworkID") and endpoint["NetworkID"] != known.get(name):
            yield name


def _start(wanted: Container, patience_s: int) -> None:
    answer = attempt(["container", "start", wanted.name])
    if answer.returncode == 0:
        return
    # Where a pool went, or moved within the spec, another node still has an address that is this one's now.
    if b"Address already in use" in answer.stderr:
        for holder in _holders(wanted):
            end(holder, patience_s)
    docker("container", "start", wanted.name)


def _holders(wanted: Container) -> Iterator[str]:
    """The ids of the environment's other containers that have an address of this one's."""
    for network in inspect("network", *wanted.networks):
        for identity, one in network["Containers"].items():
            has_it = one["IPv4Address"].partition("/")[0] == wanted.networks[network["Name"]]
            if has_it and one["Name"] != wanted.name:
                yield from (identity for found in inspect("container", identity) if is_of(wanted.env, found))


def _judge(wanted: Container, found: Mapping[str, Any]) -> str:
    if _label(found) != wanted.made_from:
        return "outdated"
    if found["State"]["Status"] != RUNNING:
        return str(found["State"]["Status"])
    attached = _addresses(found)
    lost = [network for network, address in wanted.networks.items() if attached.get(network) != address]
    return f"cut off from {', '.join(lost)}" if lost else RUNNING


def _label(found: Mapping[str, Any]) -> str | None:
    label: str | None = found["Config"]["Labels"].get(MADE_FROM_LABEL)
    return label


def _addresses(found: Mapping[str, Any]) -> dict[str, str]:
    """The networks it is attached to, with the address it asked for there: a stopped one has no other."""
    networks = found["NetworkSettings"]["Networks"]
    return {
        name: str((network["IPAMConfig"] or {}).get("IPv4Address") or network["IPAddress"])
        for name, network in networks.items()
    }
