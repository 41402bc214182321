"""A zone is a Docker network; the gateway, attached to all of them, is the only way from one to another.

So `docker network disconnect <env>-zone-<zone> <env>-gateway` cuts a zone off: within it all goes on, and
this machine still reaches its nodes. `sre infra up` joins it again.
"""

from __future__ import annotations

from infra.clouds.local.docker import ENV_LABEL, attempt, docker, flags, inspect, is_of
from sre_cli.errors import EngineUnavailable

DRIVER = "com.docker.network.bridge"


def create(name: str, env: str, network: str, *, is_routed: bool) -> None:
    """Make the network unless it is there with these addresses.

    Raises EngineUnavailable: also when one of that name belongs to somebody else.
    """
    if not all(is_of(env, found) for found in inspect("network", name)):
        raise EngineUnavailable(
            f"the network {name} does not belong to {env}: it is left alone",
            hint=f"docker network rm {name}, if nobody needs it",
        )
    if subnet(name) == network:
        return
    remove(name, env)
    # A routed zone keeps its callers' addresses: translated ones would lie to the agents' gossip.
    options = [f"{DRIVER}.enable_ip_masquerade=false", f"{DRIVER}.gateway_mode_ipv4=nat-unprotected"]
    docker(
        *("network", "create", "--subnet", network, "--label", f"{ENV_LABEL}={env}"),
        *(flags("opt", options) if is_routed else []),
        name,
    )


def subnet(name: str) -> str | None:
    """The network's addresses; None where it is not there."""
    found = inspect("network", name)
    return str(found[0]["IPAM"]["Config"][0]["Subnet"]) if found else None


def remove(name: str, env: str) -> None:
    """Cut off who is attached, and remove the network; fine when it is not there, or somebody else's."""
    for network in inspect("network", name):
        if not is_of(env, network):
            continue
        for container in network["Containers"].values():
            attempt(["network", "disconnect", "--force", name, container["Name"]])
        docker("network", "rm", name)
