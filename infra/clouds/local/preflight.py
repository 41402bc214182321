"""What this machine must have before a local cluster is made."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.clouds.local.docker import docker, inspect, is_of
from infra.clouds.local.listeners import check_free
from infra.clouds.local.plan import PUBLISHED, Plan, gateway_name
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec

ROUTES = Path("/proc/net/route")
IS_UP = 1
HERE = ("localhost", "127.0.0.1", "::1")


def check_room(spec: ClusterSpec) -> None:
    """Whether Docker's engine is here, and the cluster's addresses and ports are free.

    Raises UsageError: when it is elsewhere, another network has the addresses, or the cluster stands at
    others. EngineUnavailable: when a port is taken.
    """
    _check_here()
    _check_addresses(spec)
    own = {port for one in inspect("container", gateway_name(spec.env)) for port in _published(one)}
    doors = {door: Plan(spec).published(door) for door in PUBLISHED}
    check_free(
        {door: port for door, port in doors.items() if port not in own},
        hint=f"set port_offset in stacks/clusters/{spec.env}.yaml",
    )


def _check_here() -> None:
    engine = docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()
    host = urlsplit(engine).hostname
    if host and host not in HERE:
        raise UsageError(
            f"the Docker engine at {engine} is on another machine, whose loopback nobody reaches from here",
            hint="unset DOCKER_HOST, or docker context use default",
        )


def _published(gateway: Mapping[str, Any]) -> set[int]:
    """The ports of this machine that are its own, as it runs."""
    if not gateway["State"]["Running"]:
        return set()
    bindings = gateway["HostConfig"]["PortBindings"] or {}
    return {int(one["HostPort"]) for each in bindings.values() for one in each}


def _check_addresses(spec: ClusterSpec) -> None:
    mine, others = _docker_networks(spec.env)
    _check_unmoved(spec, mine)
    routes = {f"this machine's route to {net}": net for net in _routes() if net not in mine.values()}
    for what, net in (others | routes).items():
        if net.overlaps(spec.network.cidr):
            raise UsageError(
                f"network.cidr {spec.network.cidr} of {spec.env} overlaps {what}",
                hint=f"choose another network.cidr in stacks/clusters/{spec.env}.yaml",
            )


def _check_unmoved(spec: ClusterSpec, mine: Mapping[str, IPv4Network]) -> None:
    # Servers know each other by address: moved all at once, they would never elect a leader again.
    plan = Plan(spec)
    planned = {plan.edge: plan.edge_subnet} | {plan.network(zone): net for zone, net in plan.subnets.items()}
    for name, net in mine.items():
        ousted = any(net.overlaps(other) for whose, other in planned.items() if whose != name)
        if ousted or planned.get(name, net) != net:
            raise UsageError(
                f"{name} stands at {net}, where the spec has it no more: a cluster cannot move",
                hint=f"set network.cidr and the first zones back, or first: sre infra destroy {spec.env}",
            )


def _docker_networks(env: str) -> tuple[dict[str, IPv4Network], dict[str, IPv4Network]]:
    """The subnets of this environment's networks by name, and those of all others by what they are."""
    names = docker("network", "ls", "--format", "{{.Name}}").split()
    mine: dict[str, IPv4Network] = {}
    others: dict[str, IPv4Network] = {}
    for found in inspect("network", *names):
        subnets = [ip_network(one["Subnet"]) for one in found["IPAM"]["Config"] or []]
        usable = [net for net in subnets if isinstance(net, IPv4Network)]
        if is_of(env, found):
            mine.update((found["Name"], net) for net in usable)
        else:
            others |= {f"Docker's network {found['Name']} ({net})": net for net in usable}
    return mine, others


def _routes() -> list[IPv4Network]:
    """Where this machine sends packets by itself, but for the default route."""
    if not ROUTES.exists():  # not Linux: Docker's own machine has the routes
        return []
    rows = [line.split() for line in ROUTES.read_text().splitlines()[1:]]
    nets = [IPv4Network((_address(row[1]), _address(row[7]))) for row in rows if int(row[3], 16) & IS_UP]
    return [net for net in nets if net.prefixlen]


def _address(word: str) -> str:
    """The kernel writes addresses as a number of this machine's byte order."""
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(word)))
