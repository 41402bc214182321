"""Who may speak to whom: by service account within the network, by address from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.addresses import Addresses
from infra.clouds.gcp.place import Component, Place
from infra.node.config import NodeRole
from sre_cli.specs.cluster import ClusterSpec

INGRESS_PORT = 8443
OPERATORS_PORTS = ("4646", "8501")
PROBES = ("35.191.0.0/16", "130.211.0.0/22")
"""Google's health checks; also where its global proxies speak from."""
PASS_THROUGH_PROBES = ("209.85.152.0/22", "209.85.204.0/22")
"""Those of external load balancers that pass packets on as they are."""
IAP = "35.235.240.0/20"
"""Google's tunnels for people it has recognised (IAP)."""
JOBS_PORTS = "1024-65535"
"""Jobs listen where Nomad or their spec says."""

Ports = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rule:
    """What may come in."""

    name: str
    to: NodeRole
    ports: Ports
    """Port ranges by protocol."""
    role: NodeRole | None = None
    """The nodes that it is for; None: `ranges`."""
    ranges: list[str] = field(default_factory=list)


GOSSIP: Ports = {"tcp": ("8301",), "udp": ("8301",)}

WITHIN = (
    Rule(
        "servers-servers",
        "server",
        {"tcp": ("4647-4648", "8300-8301"), "udp": ("4648", "8301")},
        role="server",
    ),
    # RPC and gossip; 4646, 8501 and 9100 are what Prometheus reads.
    Rule(
        "clients-servers",
        "server",
        {"tcp": ("4646-4647", "8300-8301", "8501", "9100"), "udp": ("8301",)},
        role="client",
    ),
    Rule("servers-clients", "client", GOSSIP, role="server"),
    Rule("clients-clients", "client", {"tcp": (JOBS_PORTS,), "udp": ("8301",)}, role="client"),
)


def plan_rules(spec: ClusterSpec, addresses: Addresses) -> list[Rule]:
    """Everything that `spec` lets in; the rest is refused."""
    probes = [*PROBES, *PASS_THROUGH_PROBES]
    rules = [
        *WITHIN,
        Rule("probes-servers", "server", {"tcp": OPERATORS_PORTS}, ranges=probes),
        Rule("probes-clients", "client", {"tcp": ("4646", str(INGRESS_PORT))}, ranges=list(PROBES)),
        Rule("sessions-servers", "server", {"tcp": ("22",)}, ranges=[IAP]),
        Rule("sessions-clients", "client", {"tcp": ("22",)}, ranges=[IAP]),
    ]
    if spec.dns.hosted_zone:
        callers = {"tcp": (str(INGRESS_PORT),)}
        rules.append(Rule("proxies-clients", "client", callers, ranges=[str(addresses.proxies)]))
    if spec.network.operators:
        ranges = [str(network) for network in spec.network.operators]
        rules.append(Rule("operators-servers", "server", {"tcp": OPERATORS_PORTS}, ranges=ranges))
    return rules


class Firewall(Component):
    """The rules, each logged, and a last one that logs what none of them lets in."""

    def __init__(
        self,
        place: Place,
        network_id: pulumi.Output[str],
        accounts: Mapping[NodeRole, pulumi.Output[str]],
        addresses: Addresses,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Firewall", "firewall", place, opts)
        self._network_id = network_id
        for rule in plan_rules(place.spec, addresses):
            source = (
                {"source_service_accounts": [accounts[rule.role]]}
                if rule.role
                else {"source_ranges": rule.ranges}
            )
            self._rule(
                rule.name,
                **source,
                allows=[
                    {"protocol": protocol, "ports": list(ports)} for protocol, ports in rule.ports.items()
                ],
                target_service_accounts=[accounts[rule.to]],
                priority=1000,
            )
        # Google refuses by itself what no rule allows, but does not log it.
        self._rule("deny", source_ranges=["0.0.0.0/0"], denies=[{"protocol": "all"}], priority=65534)
        self.register_outputs({})

    def _rule(self, what: str, **settings: Any) -> None:
        gcp.compute.Firewall(
            self.place.name(what),
            name=self.place.name(what),
            project=self.place.project,
            network=self._network_id,
            direction="INGRESS",
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
            **settings,
            opts=self.child(),
        )
