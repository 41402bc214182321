"""Whether a cluster has the machines that a job asks for, told before Nomad is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sre_cli.core.status import NodeState
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec, Pool
from sre_cli.specs.job import JobSpec


def refuse_misplaced(spec: JobSpec, cluster: ClusterSpec) -> None:
    """Raises SpecError: with every reason why no pool of the cluster can run the job as it should."""
    mistakes = placement_mistakes(spec, cluster)
    if mistakes:
        where = f"nomad_jobs/{spec.job}.yaml"
        roles = sorted({role for pool in cluster.pools.values() for role in pool.roles})
        raise SpecError(
            "\n".join(f"{where}: {mistake}" for mistake in mistakes),
            hint=f"stacks/clusters/{cluster.env}.yaml: its pools have the roles {', '.join(roles)}",
        )


def placement_mistakes(spec: JobSpec, cluster: ClusterSpec) -> list[str]:
    """Every reason why no pool of the cluster can run the job as it should, each with the job's key."""
    pools = {name: pool for name, pool in cluster.pools.items() if spec.role in (None, *pool.roles)}
    if not pools:
        return [f"role: no pool of {cluster.env} has {spec.role!r}"]
    zones = {zone for pool in pools.values() for zone in cluster.zones_of(pool)}
    return [
        *_zone_mistakes(spec, cluster, zones),
        *(_pinning_mistakes(pools, cluster) if spec.volumes else []),
    ]


def room_for(
    spec: JobSpec, machines: Iterable[NodeState], zones: Mapping[str, str], cluster: ClusterSpec
) -> int:
    """How many allocations of a job these machines could take, one each, by role and zone alone.

    `zones` are those of machines. Memory and CPUs are not looked at: others may leave meanwhile.
    """
    fitting = [
        zones.get(machine.name, "")
        for machine in machines
        if spec.role is None or ((pool := cluster.pools.get(machine.pool)) and spec.role in pool.roles)
    ]
    if spec.home_zone is not None:
        return fitting.count(cluster.zones[spec.home_zone])
    return len(set(fitting)) if spec.zones == "one-each" else len(fitting)


def _zone_mistakes(spec: JobSpec, cluster: ClusterSpec, zones: set[str]) -> list[str]:
    home = spec.home_zone
    if home is not None and (home >= len(cluster.zones) or cluster.zones[home] not in zones):
        return [f"home_zone: {home} is no zone of {cluster.env}'s pools for it"]
    if spec.zones == "one-each" and spec.count > len(zones):
        return [f"count: {spec.count} allocations in as many zones, but its pools stand in {len(zones)}"]
    return []


def _pinning_mistakes(pools: dict[str, Pool], cluster: ClusterSpec) -> list[str]:
    """A zone pins a job to the node that holds its volume only where no other node of the zone may run it."""
    machines = sum(pool.max for pool in pools.values())
    zones = {zone for pool in pools.values() for zone in cluster.zones_of(pool)}
    if machines <= len(zones):
        return []
    return [
        f"volumes: the pools for it ({', '.join(pools)}) may hold {machines} machines in {len(zones)} zones, "
        "so it may not come back to its data: one machine a zone"
    ]
