"""What is wrong with a ClusterSpec: all of it at once, each with its key and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network

from sre_cli.core.gpu_memory import gpu_mistakes
from sre_cli.core.placement import placement_mistakes
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec, Pool
from sre_cli.specs.job import JobSpec
from sre_cli.specs.shapes import PriceTable, Shape

MIN_ZONES = 3
SMALLEST_PREFIX = 20
"""A smaller range leaves too few addresses for the subnets of six zones."""
LARGEST_AWS_PREFIX = 16
DOCKER_BRIDGE = IPv4Network("172.17.0.0/16")
PRIVATE = [IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
WIDEST_OPERATORS = 8
"""A shorter prefix is no office: two halves of the internet are all of it."""
OWN_TAGS = {"env", "name", "pool", "tier"}
"""Keys that every resource gets from its environment; IAM and Google do not tell `name` from `Name`."""


@dataclass(frozen=True)
class Surroundings:
    """What a spec is held against."""

    prices: PriceTable
    jobs: Mapping[str, JobSpec | None]
    """Every job there is; None where its own file is wrong."""
    others: Sequence[ClusterSpec]
    """The other environments."""


def refuse_mistakes(spec: ClusterSpec, file: str, around: Surroundings) -> None:
    """Raises SpecError: with one line a mistake, `file: key: what, and what to do`."""
    mistakes = [mistake for check in CHECKS for mistake in check(spec, around)]
    if mistakes:
        raise SpecError(
            "\n".join(f"{file}: {mistake}" for mistake in mistakes),
            hint=f"{spec.example} explains every key",
        )


def sound_mistakes(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    """The mistakes of a spec that lacks the keys which are wrong in themselves."""
    for check in CHECKS:
        with suppress(AttributeError):  # who needs such a key has nothing to say
            yield from check(spec, around)


def _zones(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    count = len(set(spec.zones))
    if count < MIN_ZONES:
        yield f"zones: {count}, but the servers need at least 3: of fewer, losing one may lose the majority"
    if count < len(spec.zones):
        yield "zones: one stands twice: name each once"
    if spec.region != around.prices.region:
        yield (
            f"region: {spec.region!r}, but infra/clouds/{spec.cloud}.shapes.yaml has the prices of "
            f"{around.prices.region}: take that region, or put its prices there"
        )
        return
    for zone in dict.fromkeys(spec.zones):
        if around.prices.zones and zone not in around.prices.zones:
            yield f"zones: {zone!r} is not in {spec.region}, which has {', '.join(around.prices.zones)}"


def _servers(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    count = spec.servers.count
    if count < MIN_ZONES:
        yield f"servers.count: {count} cannot lose one: 3 or 5"
    elif count % 2 == 0:
        yield f"servers.count: {count} is even and stands no more losses than {count - 1}: {count - 1}"
    yield from _unknown_shape("servers.shape", spec.servers.shape, around.prices.shapes, spec.cloud)
    yield from _missing_zones("servers.shape", spec.servers.shape, spec.zones, around.prices)


def _network(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    cidr = spec.network.cidr
    if not any(cidr.subnet_of(private) for private in PRIVATE):
        yield f"network.cidr: {cidr} is not private: take a part of 10.0.0.0/8"
    if cidr.prefixlen > SMALLEST_PREFIX:
        yield f"network.cidr: {cidr} is too small to give every zone its share: /{SMALLEST_PREFIX} or larger"
    if spec.cloud == "aws" and cidr.prefixlen < LARGEST_AWS_PREFIX:
        yield f"network.cidr: {cidr} is larger than a VPC may be: /{LARGEST_AWS_PREFIX} or smaller"
    if cidr.overlaps(DOCKER_BRIDGE):
        yield f"network.cidr: {cidr} overlaps Docker's bridge on the nodes, {DOCKER_BRIDGE}: take another"
    for wide in (one for one in spec.network.operators if one.prefixlen < WIDEST_OPERATORS):
        yield f"network.operators: {wide} opens Nomad and Consul to everybody: name your office or VPN"
    yield from _overlaps(spec, around)


def _overlaps(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    cidr = spec.network.cidr
    for index, peer in enumerate(spec.network.peers):
        if peer.overlaps(cidr):
            yield f"network.peers.{index}: {peer} overlaps network.cidr {cidr}: no route tells them apart"
    for key in ("peers", "operators", "clients"):
        yield from _named_twice(f"network.{key}", getattr(spec.network, key))
    for neighbour in around.others:
        if neighbour.cloud == spec.cloud and neighbour.network.cidr.overlaps(cidr):
            yield (
                f"network.cidr: {cidr} overlaps {neighbour.network.cidr} of environment {neighbour.env}: "
                "take another, or the two can never be joined"
            )


def _named_twice(key: str, ranges: Sequence[IPv4Network]) -> Iterator[str]:
    for index, one in enumerate(ranges):
        for before, other in enumerate(ranges[:index]):
            if one.overlaps(other):
                yield f"{key}.{index}: {one} overlaps {key}.{before} {other}: name it once"


def _tags(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    for key in sorted(OWN_TAGS.intersection(spec.tags)):
        yield f"tags.{key}: every resource has one already: another key"


def _pools(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    for name, pool in spec.pools.items():
        key = f"pools.{name}"
        if name.startswith("server"):
            yield f"{key}: the servers' machines are named so: another name"
        if not pool.min <= pool.start <= pool.max:
            yield f"{key}: min {pool.min} <= expected {pool.start} <= max {pool.max} does not hold"
        if pool.zones == "odd-even" and pool.max < 2:
            yield f"{key}.max: {pool.max} machine cannot stand in two zones: 2 or more, or zones: all"
        yield from _unknown_shape(f"{key}.shape", pool.shape, around.prices.shapes, spec.cloud)
        yield from _missing_zones(f"{key}.shape", pool.shape, spec.zones_of(pool), around.prices)
        yield from _spot(key, pool, around.prices.shapes.get(pool.shape), _engine_roles(spec, around))


def _spot(key: str, pool: Pool, shape: Shape | None, engine_roles: set[str]) -> Iterator[str]:
    if pool.spot and shape and shape.spot_usd_h is None:
        yield f"{key}.spot: the price table has no spot price of {pool.shape}: spot: false"
    if pool.spot and engine_roles.intersection(pool.roles):
        roles = ", ".join(sorted(engine_roles.intersection(pool.roles)))
        yield f"{key}.spot: {roles} keeps state, which a machine taken back would lose: spot: false"


def _data(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    for key, service, shapes in (
        ("data.postgres", spec.data.postgres, around.prices.databases),
        ("data.redis", spec.data.redis, around.prices.caches),
    ):
        if service.runs_on == "cloud" and spec.cloud != "local":
            yield from _unknown_shape(f"{key}.shape", service.shape, shapes, spec.cloud)
    for job, service in spec.data:
        if service.runs_on == "nodes" and service.shape:
            yield (
                f"data.{job}.shape: {service.shape!r}, but with runs_on: nodes it gets what "
                f"nomad_jobs/{job}.yaml says: leave it out"
            )
    if spec.data.rabbitmq.runs_on == "cloud":
        yield "data.rabbitmq.runs_on: `cloud`, but not every cloud has one: nodes, a quorum cluster"


def _managed(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    places = {
        "data.postgres": spec.data.postgres.runs_on,
        "data.redis": spec.data.redis.runs_on,
        "objects.primary": spec.objects.primary.runs_on,
        "objects.fallback": spec.objects.fallback.runs_on,
    }
    for key, place in places.items():
        if spec.cloud == "local" and place == "cloud":
            yield f"{key}.runs_on: `cloud`, but `local` manages nothing: nodes"
    if spec.objects.primary.runs_on == spec.objects.fallback.runs_on == "cloud":
        yield "objects.fallback.runs_on: `cloud` as the primary, but a stack makes one bucket: nodes"
    if spec.cloud != "local" and spec.port_offset:
        yield f"port_offset: {spec.port_offset}, but only `local` publishes on loopback: leave it out"


def _dns(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    zone = spec.dns.hosted_zone
    if zone and not f".{spec.dns.domain}".endswith(f".{zone}"):
        yield f"dns.domain: {spec.dns.domain} does not lie in hosted_zone {zone}: move one of the two"


def _jobs(spec: ClusterSpec, around: Surroundings) -> Iterator[str]:
    for index, name in enumerate(spec.jobs):
        if name not in around.jobs:
            yield f"jobs.{index}: no job {name!r}{_instead(name, around.jobs)}"
        if name in spec.jobs[:index]:
            yield f"jobs.{index}: {name} stands twice: name it once"
        if name in spec.engine_jobs:
            yield f"jobs.{index}: {name} is an engine on nodes, deployed before these: leave it out"
    names = dict.fromkeys([*spec.engine_jobs, *spec.jobs])
    wanted = [job for name in names if (job := around.jobs.get(name))]
    for job in wanted:
        yield from _unserved(spec, job)
    yield from _misplaced(spec, wanted)
    yield from gpu_mistakes(spec.pools, around.prices.shapes, wanted)


def _unserved(spec: ClusterSpec, job: JobSpec) -> Iterator[str]:
    serving = [pool for pool in spec.pools.values() if job.role in (None, *pool.roles)]
    room = sum(pool.max for pool in serving)
    if not serving:
        yield f"pools: none has the role {job.role!r} of job {job.job}: add it to a pool's roles"
    elif room < job.count:
        yield f"pools: job {job.job} needs {job.count} machines, but its pools grow to {room}: raise max"


def _misplaced(spec: ClusterSpec, jobs: Sequence[JobSpec]) -> Iterator[str]:
    """What `sre deploy` would refuse, one line a mistake: the same one may stand in the way of many jobs."""
    if len(set(spec.zones)) < MIN_ZONES:
        return
    found: dict[str, list[str]] = {}
    for job in jobs:
        for mistake in [] if any(_unserved(spec, job)) else placement_mistakes(job, spec):
            found.setdefault(mistake, []).append(job.job)
    for mistake, names in found.items():
        yield f"pools: {', '.join(names)}: {mistake}"


def _engine_roles(spec: ClusterSpec, around: Surroundings) -> set[str]:
    engines = [job for name in spec.engine_jobs if (job := around.jobs.get(name))]
    return {job.role for job in engines if job.role}


def _unknown_shape(key: str, name: str | None, shapes: Mapping[str, object], cloud: str) -> Iterator[str]:
    if name is None:
        yield f"{key}: missing: one of {', '.join(shapes)}"
    elif name not in shapes:
        yield f"{key}: {name!r} is not in {cloud}'s price table{_instead(name, shapes)}"


def _missing_zones(key: str, name: str, zones: Sequence[str], prices: PriceTable) -> Iterator[str]:
    offered = prices.shapes[name].zones if name in prices.shapes else []
    missing = [zone for zone in zones if offered and zone in prices.zones and zone not in offered]
    if missing:
        yield (
            f"{key}: {name} is not offered in {', '.join(missing)}, only in {', '.join(offered)}: "
            "another shape, or zones: odd-even with those two first"
        )


def _instead(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f": did you mean {near[0]!r}?" if near else f": known are {', '.join(known)}"


CHECKS = (_zones, _servers, _network, _tags, _pools, _data, _managed, _dns, _jobs)
