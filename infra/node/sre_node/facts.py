"""Who this node is: its configuration, and what differs from node to node, read from cloud-init."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NODE_JSON = Path("/etc/sre/node.json")
INSTANCE_DATA = Path("/run/cloud-init/instance-data.json")


@dataclass(frozen=True)
class Node:
    """`config` holds the fields of `infra.node.config.NodeConfig`, and `software`."""

    config: dict[str, Any]
    instance_id: str
    zone: str
    region: str
    hostname: str
    address: str
    """Where the other nodes reach this one."""

    @property
    def name(self) -> str:
        """Unique in the cluster: the host's name, where the cloud named it after the environment."""
        env = self.config["env"]
        if self.hostname.startswith(f"{env}-"):
            return self.hostname
        return f"{env}-{self.config['pool'] or 'server'}-{self.instance_id}"

    @property
    def is_server(self) -> bool:
        """Whether it runs the servers of Nomad and Consul."""
        return bool(self.config["role"] == "server")


def read_node() -> Node:
    """This node. Raises OSError: when cloud-init has not written its instance data."""
    facts = json.loads(INSTANCE_DATA.read_text())["v1"]
    return Node(
        config=read_config(),
        instance_id=str(facts["instance_id"]),
        zone=facts["availability_zone"],
        region=facts["region"] or "",
        hostname=socket.gethostname().partition(".")[0],
        address=primary_address(),
    )


def read_config() -> dict[str, Any]:
    """What the user-data says about nodes of this kind."""
    return dict(json.loads(NODE_JSON.read_text()))


def primary_address() -> str:
    """The address that the default route leaves from. Raises OSError: when there is no such route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # No packet is sent: the kernel only chooses the way to an address that nobody has.
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
