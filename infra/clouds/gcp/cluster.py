"""The whole of an environment on Google Cloud, in the order in which its parts need each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.accounts import Accounts
from infra.clouds.gcp.addresses import plan_addresses
from infra.clouds.gcp.bundles import Bundles
from infra.clouds.gcp.credentials import billing_account
from infra.clouds.gcp.encryption import Encryption
from infra.clouds.gcp.entrances import Entrances
from infra.clouds.gcp.firewall import Firewall
from infra.clouds.gcp.images import ImageRepository
from infra.clouds.gcp.liveness import Liveness
from infra.clouds.gcp.logs import Logs
from infra.clouds.gcp.machines import Ground, declare_pool, declare_servers
from infra.clouds.gcp.managed import Managed
from infra.clouds.gcp.names import find_zone, operator_domain
from infra.clouds.gcp.network import Network
from infra.clouds.gcp.node_config import registry
from infra.clouds.gcp.place import Place
from infra.clouds.gcp.pool import NodePool
from infra.clouds.gcp.services import Services
from infra.clouds.gcp.spend import Budget
from infra.identity import Identity
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable


def declare(spec: ClusterSpec, prices: PriceTable, identity: Identity, project: str) -> Mapping[str, Any]:
    """Every resource of `spec`; its part of `StackOutputs`."""
    provider = gcp.Provider(spec.env, project=project, region=spec.region)
    return _Declaration(Place(spec, project), provider, prices, identity).outputs()


class _Declaration:
    def __init__(self, place: Place, provider: gcp.Provider, prices: PriceTable, identity: Identity):
        self._place, self._spec = place, place.spec
        self._prices, self._identity = prices, identity
        self._zone = find_zone(place, provider)
        bare = pulumi.ResourceOptions(provider=provider)
        self._opts = _after(bare, Services(place, bare))
        self._addresses = plan_addresses(self._spec.network.cidr)
        self._key_id = Encryption(place, self._opts).key_id
        self._network = Network(place, self._addresses, self._opts)
        self._accounts = Accounts(place, self._opts)

    def outputs(self) -> dict[str, Any]:
        place = self._place
        self._budget()
        managed = Managed(place, self._network.id, self._addresses, self._key_id, self._opts)
        return {
            "nomad_url": f"https://{operator_domain(place, 'nomad')}:4646",
            "consul_url": f"https://{operator_domain(place, 'consul')}:8501",
            "api_url": f"https://{self._spec.dns.domain}",
            "registry": registry(place),
            "registry_push": registry(place),
            **managed.outputs(self._prices, self._identity),
            "pools": self._machines(),
        }

    def _machines(self) -> dict[str, Any]:
        place, shapes = self._place, self._prices.shapes
        # What a machine needs to boot, and does not name.
        ready = _after(self._opts, *self._surroundings())
        liveness = Liveness(place, self._opts)
        ground = Ground(place, self._network, self._accounts, self._key_id, liveness)
        servers = declare_servers(ground, shapes[self._spec.servers.shape], ready)
        # Pools come after the servers, and so go before them: a node needs its servers to drain.
        after_servers = _after(ready, servers)
        pools = {
            name: declare_pool(ground, name, pool, shapes[pool.shape], after_servers)
            for name, pool in self._spec.pools.items()
        }
        entrances = Entrances(place, self._network, self._zone, self._opts)
        entrances.operators(servers.groups)
        entrances.api(self._edge_groups(pools))
        return {
            name: {"id": pools[name].id, "min": pool.min, "max": pool.max, "size": pools[name].size}
            for name, pool in self._spec.pools.items()
        }

    def _surroundings(self) -> list[pulumi.Resource]:
        place, emails, opts = self._place, self._accounts.emails, self._opts
        return [
            Firewall(place, self._network.id, emails, self._addresses, opts),
            Bundles(place, self._identity, emails, self._key_id, opts),
            ImageRepository(place, emails["client"], self._key_id, opts),
            Logs(place, self._key_id, opts),
        ]

    def _edge_groups(self, pools: Mapping[str, NodePool]) -> list[pulumi.Output[str]]:
        return [pools[name].instance_group for name, pool in self._spec.pools.items() if "edge" in pool.roles]

    def _budget(self) -> None:
        account = billing_account()
        if account and self._spec.budget_usd_month:
            Budget(self._place, account, self._opts)
        elif self._spec.budget_usd_month:
            pulumi.info("no budget alert: GOOGLE_BILLING_ACCOUNT names no billing account")


def _after(opts: pulumi.ResourceOptions, *ready: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(ready)))
