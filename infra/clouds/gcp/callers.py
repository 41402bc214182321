"""Who may call the API, where the spec limits it: load balancers hide callers' addresses from firewalls."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place
from sre_cli.specs.cluster import ClusterSpec

RANGES_PER_RULE = 10
"""Google takes no more."""
LAST = 2147483647
"""The priority of the rule that every policy must have."""


class Callers(Component):
    """A policy of Cloud Armor that lets `network.clients` in; none where everybody may call."""

    def __init__(self, place: Place, *, is_regional: bool, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Callers", "callers", place, opts)
        self.policy_id: pulumi.Output[str] | None = None
        if not is_open(place.spec):
            self.policy_id = self._policy(is_regional).id
        self.register_outputs({})

    def _policy(self, is_regional: bool) -> Any:
        kind = gcp.compute.RegionSecurityPolicy if is_regional else gcp.compute.SecurityPolicy
        return kind(
            self.place.name("callers"),
            name=self.place.name("callers"),
            project=self.place.project,
            **({"region": self.place.region} if is_regional else {}),
            type="CLOUD_ARMOR",
            rules=plan_rules(self.place.spec),
            opts=self.child(),
        )


def is_open(spec: ClusterSpec) -> bool:
    """Whether everybody may call."""
    return any(network.prefixlen == 0 for network in spec.network.clients)


def plan_rules(spec: ClusterSpec) -> list[dict[str, Any]]:
    """The callers' ranges, as many to a rule as Google takes; then nobody."""
    ranges = [str(network) for network in spec.network.clients]
    parts = [ranges[start : start + RANGES_PER_RULE] for start in range(0, len(ranges), RANGES_PER_RULE)]
    return [
        *(_rule(1000 + index, "allow", part) for index, part in enumerate(parts)),
        _rule(LAST, "deny(403)", ["*"]),
    ]


def _rule(priority: int, action: str, ranges: list[str]) -> dict[str, Any]:
    match = {"versioned_expr": "SRC_IPS_V1", "config": {"src_ip_ranges": ranges}}
    return {"priority": priority, "action": action, "match": match}
