"""Who may speak to whom, and on which port: the whole of the cluster's firewall as one table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from sre_cli.specs.cluster import Network

GROUPS = {
    "servers": "Servers of Nomad and Consul",
    "clients": "Nodes that run jobs",
    "edge": "Nodes that run the ingress",
    "monitoring": "Nodes that run Prometheus",
    "api": "Load balancer of the API",
    "operators": "Load balancer of Nomad and Consul",
    "database": "PostgreSQL",
    "cache": "Redis",
    "endpoints": "Services of AWS, inside the network",
}
"""Every security group, and what carries it. AWS takes no apostrophe there."""

INTERNET = "0.0.0.0/0"

JOB_PORTS = {
    "postgres": (5432, 5432),
    "redis": (6379, 6379),
    "rabbitmq": (5672, 5672),
    "rabbitmq-metrics": (5692, 5692),
    "rabbitmq-names": (4369, 4369),
    "rabbitmq-cluster": (25672, 25672),
    "object-stores": (7070, 7071),
    "api": (8000, 8063),
    "ingress-metrics": (8444, 8444),
    "prometheus": (9090, 9090),
    "alertmanager": (9093, 9093),
    "ports-of-nomad": (20000, 32000),
}
"""What jobs on different nodes say to each other: fixed ports of theirs, and those that Nomad gives out."""


@dataclass(frozen=True)
class Flow:
    """One kind of connection. `source` and `target` are groups; one of them may be a range of addresses."""

    source: str
    target: str
    what: str
    first: int
    last: int
    protocol: str = "tcp"

    @property
    def name(self) -> str:
        """Unique among flows."""
        source, target = (end.replace("/", "-") for end in (self.source, self.target))
        return f"{source}-to-{target}-{self.what}" + ("" if self.protocol == "tcp" else f"-{self.protocol}")


def flows(network: Network) -> list[Flow]:
    """Every connection that is let through; all others are not."""
    return [
        *_agents(),
        *_jobs(),
        *_metrics(),
        *_from_outside("api", network.clients, {"https": 443}),
        *_from_outside("operators", network.operators, {"nomad": 4646, "consul": 8501}),
        Flow("api", "edge", "ingress", 8443, 8443),
        Flow("operators", "servers", "nomad", 4646, 4646),
        Flow("operators", "servers", "consul", 8501, 8501),
        Flow("clients", "database", "postgres", 5432, 5432),
        Flow("clients", "cache", "redis", 6379, 6379),
        *_to_the_internet("servers"),
        *_to_the_internet("clients"),
    ]


def _agents() -> list[Flow]:
    return [
        Flow("servers", "servers", "nomad-rpc", 4647, 4647),
        *_both("servers", "servers", "nomad-gossip", 4648),
        Flow("clients", "servers", "nomad-rpc", 4647, 4647),
        # Jobs that steer the cluster (the autoscaler, the ingress) ask Nomad and Consul by HTTPS.
        Flow("clients", "servers", "nomad", 4646, 4646),
        Flow("clients", "servers", "consul", 8501, 8501),
        Flow("servers", "servers", "consul-rpc", 8300, 8300),
        Flow("clients", "servers", "consul-rpc", 8300, 8300),
        *(
            flow
            for source in ("servers", "clients")
            for target in ("servers", "clients")
            for flow in _both(source, target, "consul-gossip", 8301)
        ),
    ]


def _jobs() -> list[Flow]:
    return [Flow("clients", "clients", what, first, last) for what, (first, last) in JOB_PORTS.items()]


def _metrics() -> list[Flow]:
    return [
        Flow("monitoring", target, what, port, port)
        for target in ("servers", "clients")
        for what, port in (("node-metrics", 9100), ("nomad-metrics", 4646), ("consul-metrics", 8501))
    ]


def _from_outside(target: str, sources: Sequence[IPv4Network], ports: dict[str, int]) -> list[Flow]:
    return [Flow(str(source), target, what, port, port) for source in sources for what, port in ports.items()]


def _to_the_internet(source: str) -> list[Flow]:
    return [
        Flow(source, "endpoints", "https", 443, 443),
        # Packages, images and webhooks. Debian's mirrors speak plain HTTP; packages are signed.
        Flow(source, INTERNET, "https", 443, 443),
        Flow(source, INTERNET, "http", 80, 80),
        Flow(source, INTERNET, "time", 123, 123, "udp"),
    ]


def _both(source: str, target: str, what: str, port: int) -> list[Flow]:
    # Gossip goes by UDP, and by TCP where a message is too long for it.
    return [Flow(source, target, what, port, port, protocol) for protocol in ("tcp", "udp")]
