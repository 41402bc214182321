"""What both of callers' ways to the API are made of: one in the region, one that is global."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.callers import Callers
from infra.clouds.gcp.firewall import INGRESS_PORT
from infra.clouds.gcp.place import Component, Place
from infra.clouds.gcp.pool import INGRESS


@dataclass(frozen=True)
class Kinds:
    """Google's own types for the same parts differ by where the load balancer is."""

    address: Any
    rule: Any
    check: Any
    backend: Any
    is_regional: bool


REGIONAL = Kinds(
    gcp.compute.Address,
    gcp.compute.ForwardingRule,
    gcp.compute.RegionHealthCheck,
    gcp.compute.RegionBackendService,
    is_regional=True,
)
GLOBAL = Kinds(
    gcp.compute.GlobalAddress,
    gcp.compute.GlobalForwardingRule,
    gcp.compute.HealthCheck,
    gcp.compute.BackendService,
    is_regional=False,
)


class ApiEntrance(Component):
    """An address, and what its port 443 leads to: the nodes' ingress."""

    def __init__(self, kind: str, place: Place, kinds: Kinds, opts: pulumi.ResourceOptions | None = None):
        super().__init__(kind, "api", place, opts)
        self._kinds, self._name = kinds, place.name("api")
        where = {"region": place.region} if kinds.is_regional else {}
        self._common = {"name": self._name, "project": place.project, **where}
        self._address = kinds.address(
            self._name, **self._common, address_type="EXTERNAL", labels=place.labels, opts=self.child()
        )
        self.address: pulumi.Output[str] = self._address.address

    def _listen(self, proxy_id: pulumi.Output[str], **settings: Any) -> None:
        self._kinds.rule(
            self._name,
            **self._common,
            load_balancing_scheme="EXTERNAL_MANAGED",
            ip_address=self._address.id,
            ip_protocol="TCP",
            port_range="443",
            target=proxy_id,
            labels=self.place.labels,
            opts=self.child(),
            **settings,
        )

    def _backend(self, groups: Sequence[pulumi.Output[str]], **settings: Any) -> pulumi.Output[str]:
        # A handshake is proof of a living ingress; the API's health is for the ingress to check.
        check = self._kinds.check(
            self._name,
            **self._common,
            check_interval_sec=10,
            timeout_sec=5,
            ssl_health_check={"port": INGRESS_PORT},
            log_config={"enable": True},
            opts=self.child(),
        )
        callers = Callers(self.place, is_regional=self._kinds.is_regional, opts=self.child())
        backend = self._kinds.backend(
            self._name,
            **self._common,
            load_balancing_scheme="EXTERNAL_MANAGED",
            port_name=INGRESS,
            health_checks=check.id,
            backends=[
                {"group": group, "balancing_mode": "UTILIZATION", "capacity_scaler": 1.0} for group in groups
            ],
            log_config={"enable": True, "sample_rate": 1.0},
            security_policy=callers.policy_id,
            opts=self.child(),
            **settings,
        )
        backend_id: pulumi.Output[str] = backend.id
        return backend_id
