"""What a cluster costs a month, from its spec and a price table. Pure.

Every figure is three: with all pools at their smallest, as expected, and with all pools at their largest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sre_cli.errors import Refused
from sre_cli.specs.cluster import ClusterSpec, DataService
from sre_cli.specs.shapes import ManagedShape, PriceTable, Shape

HOURS = 730
"""Of a month: a year's 8,760 divided by twelve."""
OLD_DAYS = 180
NOT_COUNTED = "traffic, public addresses, requests, keys, secrets, logs, snapshots, support, taxes"


@dataclass(frozen=True)
class Range:
    """The smallest, the expected and the largest."""

    min: float
    expected: float
    max: float

    def __mul__(self, factor: float) -> Range:
        return Range(self.min * factor, self.expected * factor, self.max * factor)

    def __add__(self, other: Range) -> Range:
        return Range(self.min + other.min, self.expected + other.expected, self.max + other.max)


ZERO = Range(0, 0, 0)


@dataclass(frozen=True)
class Item:
    """One line of the bill."""

    name: str
    what: str
    count: Range
    """Machines, gateways or GiB."""
    usd_month: Range
    gpu: bool = False


@dataclass(frozen=True)
class Estimate:
    """The bill of a month, and what it rests on."""

    env: str
    cloud: str
    region: str
    items: list[Item]
    """Largest first, as expected."""
    total_usd_month: Range
    budget_usd_month: float
    source: str
    read_on: date
    age_days: int
    """Of the prices."""

    @property
    def gpu_ratio(self) -> float:
        """The share of GPU machines in the expected cost."""
        return self.share(sum((item.usd_month for item in self.items if item.gpu), ZERO))

    @property
    def old(self) -> bool:
        """Whether the prices ought to be read again."""
        return self.age_days > OLD_DAYS

    def share(self, part: Range) -> float:
        """What part of the expected cost `part` is; 0 of nothing."""
        whole = self.total_usd_month.expected
        return part.expected / whole if whole else 0.0


def estimate_cost(spec: ClusterSpec, prices: PriceTable, today: date) -> Estimate:
    """The monthly cost of `spec`, whose shapes are all in `prices`."""
    items = [
        _servers(spec, prices),
        *_pools(spec, prices),
        _disks(spec, prices),
        *_managed("postgres", spec.data.postgres, prices.databases, prices.units.database_gib_month),
        *_managed("redis", spec.data.redis, prices.caches, 0),
        *_network(spec, prices),
        *_buckets(spec, prices),
    ]
    billed = [item for item in items if item.usd_month.max]
    return Estimate(
        env=spec.env,
        cloud=spec.cloud,
        region=spec.region,
        items=sorted(billed, key=lambda item: (-item.usd_month.expected, -item.usd_month.max, item.name)),
        total_usd_month=sum((item.usd_month for item in items), ZERO),
        budget_usd_month=spec.budget_usd_month,
        source=prices.source,
        read_on=prices.read_on,
        age_days=(today - prices.read_on).days,
    )


def refuse_above_budget(estimate: Estimate) -> None:
    """Raises Refused: when the expected cost is above the budget."""
    expected, budget = estimate.total_usd_month.expected, estimate.budget_usd_month
    if expected > budget:
        raise Refused(
            f"{estimate.env} is expected to cost {expected:,.0f} USD a month, its budget is {budget:,.0f}",
            hint=f"lower `expected` or take cheaper shapes, above all of {estimate.items[0].name}; or "
            "raise budget_usd_month",
        )


def _servers(spec: ClusterSpec, prices: PriceTable) -> Item:
    name = spec.servers.shape
    count = _always(spec.servers.count)
    shape = prices.shapes[name]
    return Item("servers", _describe(name, shape), count, count * (shape.usd_h * HOURS))


def _pools(spec: ClusterSpec, prices: PriceTable) -> Iterator[Item]:
    for name, pool in spec.pools.items():
        shape = prices.shapes[pool.shape]
        count = Range(pool.min, pool.start, pool.max)
        usd_h = shape.spot_usd_h if pool.spot and shape.spot_usd_h is not None else shape.usd_h
        what = _describe(pool.shape, shape) + (", spot" if pool.spot else "")
        yield Item(f"pool {name}", what, count, count * (usd_h * HOURS), gpu=shape.gpus is not None)


def _disks(spec: ClusterSpec, prices: PriceTable) -> Item:
    size = _always(spec.servers.count * spec.servers.disk_gib)
    for pool in spec.pools.values():
        size += Range(pool.min, pool.start, pool.max) * pool.disk_gib
    return Item("disks", "GiB of every machine", size, size * prices.units.disk_gib_month)


def _managed(
    name: str, service: DataService, shapes: dict[str, ManagedShape], gib_month: float
) -> Iterator[Item]:
    if service.runs_on == "cloud" and service.shape:
        shape = shapes[service.shape]
        storage = f", {service.storage_gib} GiB" if gib_month else ""
        usd = shape.usd_h * HOURS + service.storage_gib * gib_month
        yield Item(name, f"{service.shape} ({shape.type}){storage}", _always(1), _always(usd))


def _network(spec: ClusterSpec, prices: PriceTable) -> Iterator[Item]:
    gateways = len(spec.zones) if prices.units.nat_gateways == "zone" else 1
    usd = gateways * prices.units.nat_gateway_h * HOURS
    yield Item("NAT", f"a gateway a {prices.units.nat_gateways}", _always(gateways), _always(usd))
    ways = len(spec.zones) * prices.units.private_endpoints
    usd = ways * prices.units.private_endpoint_h * HOURS
    yield Item("private endpoints", "of the cloud's services, a zone", _always(ways), _always(usd))
    # One for the callers of the API, one for operators where there are any.
    balancers = 2 if spec.network.operators else 1
    usd = balancers * prices.units.load_balancer_h * HOURS
    yield Item("load balancers", "by the hour", _always(balancers), _always(usd))


def _buckets(spec: ClusterSpec, prices: PriceTable) -> Iterator[Item]:
    for name, store in (("primary", spec.objects.primary), ("fallback", spec.objects.fallback)):
        if store.runs_on == "cloud":
            size = _always(store.expected_gib)
            yield Item(f"bucket {name}", "GiB expected", size, size * prices.units.bucket_gib_month)


def _always(value: float) -> Range:
    return Range(value, value, value)


def _describe(name: str, shape: Shape) -> str:
    gpus = f", {shape.gpus.count} x {shape.gpus.model}" if shape.gpus else ""
    return f"{name} ({shape.type}{gpus})"
