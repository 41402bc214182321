"""ClusterSpec: what is wrong with one is told at once, each with its key and what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from infra.prices import load_prices
from sre_cli.core.cluster_checks import Surroundings, refuse_mistakes
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.job import JobSpec, Resources
from tests.clusters import varied
from tests.engines import ROOT

EXAMPLE = ROOT / "stacks/example.yaml"
JOBS: dict[str, JobSpec | None] = {
    "rabbitmq": JobSpec(job="rabbitmq", image="x", role="data", count=3, resources=Resources(memory_mib=64)),
    "api": JobSpec(job="api", image="x", role="api", resources=Resources(memory_mib=64)),
    "broken": None,
}


def spec_with(changes: dict[str, Any]) -> ClusterSpec:
    """A spec without mistakes, but for `changes`: dotted keys and their values."""
    named = {key.replace(".", "__"): value for key, value in changes.items()}
    return varied(ClusterSpec.load(EXAMPLE), **{"jobs": ["api"], **named})


def mistakes_of(spec: ClusterSpec, others: list[ClusterSpec] | None = None) -> list[str]:
    try:
        refuse_mistakes(spec, "x.yaml", Surroundings(load_prices(spec.cloud), JOBS, others or []))
    except SpecError as error:
        return error.message.splitlines()
    return []


def test_the_example_holds_every_key_and_no_mistake() -> None:
    assert mistakes_of(spec_with({})) == []
    text = EXAMPLE.read_text()
    assert [name for name in _keys(ClusterSpec) if f"{name}:" not in text] == []


def _keys(model: type[BaseModel]) -> set[str]:
    kinds = [
        value
        for value in vars(__import__(model.__module__, fromlist=["x"])).values()
        if isinstance(value, type)
    ]
    parts = [kind for kind in kinds if issubclass(kind, BaseModel) and kind.__module__ == model.__module__]
    return {name for part in parts for name in part.model_fields}


MISTAKES: list[tuple[dict[str, Any], str]] = [
    (
        {"zones": ["ap-south-1a", "ap-south-1b"]},
        "zones: 2, but the servers need at least 3: of fewer, losing one may lose the majority",
    ),
    (
        {"zones": ["ap-south-1a", "ap-south-1b", "ap-south-1c", "ap-south-1c"]},
        "zones: one stands twice: name each once",
    ),
    (
        {"zones": ["ap-south-1a", "ap-south-1b", "ap-south-1d"]},
        "zones: 'ap-south-1d' is not in ap-south-1, which has ap-south-1a, ap-south-1b, ap-south-1c",
    ),
    (
        {"region": "eu-west-1"},
        "region: 'eu-west-1', but infra/clouds/aws.shapes.yaml has the prices of ap-south-1:"
        " take that region, or put its prices there",
    ),
    ({"servers.count": 1}, "servers.count: 1 cannot lose one: 3 or 5"),
    ({"servers.count": 4}, "servers.count: 4 is even and stands no more losses than 3: 3"),
    (
        {"servers.shape": "cpu-2x9"},
        "servers.shape: 'cpu-2x9' is not in aws's price table: did you mean 'cpu-2x8'?",
    ),
    (
        {"pools.core.shape": "huge"},
        "pools.core.shape: 'huge' is not in aws's price table: known are cpu-2x8, cpu-4x16, cpu-8x32,"
        " gpu-t4-4x16, gpu-t4-8x32, gpu-a10-4x16, gpu-l4-4x16, gpu-l4-8x32",
    ),
    (
        {"pools.core.shape": "gpu-l4-4x16"},
        "pools.core.shape: gpu-l4-4x16 is not offered in ap-south-1c, only in ap-south-1a, ap-south-1b:"
        " another shape, or zones: odd-even with those two first",
    ),
    (
        {"network.cidr": "9.9.0.0/16"},
        "network.cidr: 9.9.0.0/16 is not private: take a part of 10.0.0.0/8",
    ),
    (
        {"network.cidr": "169.254.0.0/16"},
        "network.cidr: 169.254.0.0/16 is not private: take a part of 10.0.0.0/8",
    ),
    (
        {"network.cidr": "10.40.0.0/21"},
        "network.cidr: 10.40.0.0/21 is too small to give every zone its share: /20 or larger",
    ),
    (
        {"network.cidr": "10.0.0.0/12"},
        "network.cidr: 10.0.0.0/12 is larger than a VPC may be: /16 or smaller",
    ),
    (
        {"network.cidr": "172.17.0.0/16"},
        "network.cidr: 172.17.0.0/16 overlaps Docker's bridge on the nodes, 172.17.0.0/16: take another",
    ),
    (
        {"network.operators": ["0.0.0.0/0"]},
        "network.operators: 0.0.0.0/0 opens Nomad and Consul to everybody: name your office or VPN",
    ),
    (
        {"network.operators": ["128.0.0.0/1"]},
        "network.operators: 128.0.0.0/1 opens Nomad and Consul to everybody: name your office or VPN",
    ),
    (
        {"network.operators": ["198.51.100.0/24", "198.51.100.0/24"]},
        "network.operators.1: 198.51.100.0/24 overlaps network.operators.0 198.51.100.0/24: name it once",
    ),
    ({"tags": {"env": "other"}}, "tags.env: every resource has one already: another key"),
    (
        {"pools": {"servers": {"shape": "cpu-4x16", "roles": ["data", "api"], "min": 3, "max": 3}}},
        "pools.servers: the servers' machines are named so: another name",
    ),
    (
        {"network.peers": ["10.40.8.0/24"]},
        "network.peers.0: 10.40.8.0/24 overlaps network.cidr 10.40.0.0/16: no route tells them apart",
    ),
    (
        {"network.peers": ["10.9.0.0/16", "10.9.1.0/24"]},
        "network.peers.1: 10.9.1.0/24 overlaps network.peers.0 10.9.0.0/16: name it once",
    ),
    ({"pools.core.expected": 9}, "pools.core: min 3 <= expected 9 <= max 3 does not hold"),
    ({"pools.core.min": 4}, "pools.core: min 4 <= expected 4 <= max 3 does not hold"),
    (
        {"pools.workers.min": 1, "pools.workers.expected": 1, "pools.workers.max": 1},
        "pools.workers.max: 1 machine cannot stand in two zones: 2 or more, or zones: all",
    ),
    (
        {"pools.workers.shape": "gpu-t4-8x32"},
        "pools.workers.spot: the price table has no spot price of gpu-t4-8x32: spot: false",
    ),
    (
        {"pools.core.spot": True},
        "pools.core.spot: data keeps state, which a machine taken back would lose: spot: false",
    ),
    ({"data.postgres.shape": None}, "data.postgres.shape: missing: one of db-2x8, db-4x32"),
    (
        {"data.redis.shape": "cache-4g"},
        "data.redis.shape: 'cache-4g' is not in aws's price table: did you mean 'cache-6g'?",
    ),
    (
        {"data.postgres.runs_on": "nodes"},
        "data.postgres.shape: 'db-2x8', but with runs_on: nodes it gets what nomad_jobs/postgres.yaml says:"
        " leave it out",
    ),
    (
        {"data.rabbitmq.shape": "cache-3g"},
        "data.rabbitmq.shape: 'cache-3g', but with runs_on: nodes it gets what nomad_jobs/rabbitmq.yaml says:"
        " leave it out",
    ),
    (
        {"data.rabbitmq.runs_on": "cloud"},
        "data.rabbitmq.runs_on: `cloud`, but not every cloud has one: nodes, a quorum cluster",
    ),
    (
        {"objects.primary.runs_on": "cloud"},
        "objects.fallback.runs_on: `cloud` as the primary, but a stack makes one bucket: nodes",
    ),
    ({"port_offset": 1000}, "port_offset: 1000, but only `local` publishes on loopback: leave it out"),
    (
        {"dns.hosted_zone": "example.org"},
        "dns.domain: ekyc.example.com does not lie in hosted_zone example.org: move one of the two",
    ),
    ({"jobs": ["apis"]}, "jobs.0: no job 'apis': did you mean 'api'?"),
    ({"jobs": ["api", "broken", "api"]}, "jobs.2: api stands twice: name it once"),
    ({"jobs": ["rabbitmq"]}, "jobs.0: rabbitmq is an engine on nodes, deployed before these: leave it out"),
    (
        {"pools.core.roles": ["data"]},
        "pools: none has the role 'api' of job api: add it to a pool's roles",
    ),
    (
        {"pools.core.min": 2, "pools.core.max": 2},
        "pools: job rabbitmq needs 3 machines, but its pools grow to 2: raise max",
    ),
]


@pytest.mark.parametrize(("changes", "mistake"), MISTAKES)
def test_each_mistake_says_where_what_and_what_to_do(changes: dict[str, Any], mistake: str) -> None:
    assert mistakes_of(spec_with(changes)) == [f"x.yaml: {mistake}"]


def test_all_mistakes_come_at_once() -> None:
    spec = spec_with({"zones": ["ap-south-1a"], "servers.count": 2, "network.cidr": "10.40.0.0/24"})
    assert [line.split(": ")[1] for line in mistakes_of(spec)] == ["zones", "servers.count", "network.cidr"]


def test_two_environments_of_a_cloud_do_not_overlap() -> None:
    spec = spec_with({})
    twin = spec.model_copy(update={"env": "twin"})
    assert mistakes_of(spec, [twin]) == [
        "x.yaml: network.cidr: 10.40.0.0/16 overlaps 10.40.0.0/16 of environment twin: take another,"
        " or the two can never be joined"
    ]
    assert mistakes_of(spec, [twin.model_copy(update={"cloud": "gcp"})]) == []


def test_local_manages_nothing() -> None:
    document = yaml.safe_load((ROOT / "stacks/clusters/local.yaml").read_text()) | {"jobs": []}
    document["data"]["redis"] = {"runs_on": "cloud"}
    document["objects"]["fallback"] = {"runs_on": "cloud"}
    assert mistakes_of(ClusterSpec.model_validate(document)) == [
        "x.yaml: data.redis.runs_on: `cloud`, but `local` manages nothing: nodes",
        "x.yaml: objects.fallback.runs_on: `cloud`, but `local` manages nothing: nodes",
    ]


@pytest.mark.parametrize("cloud", ["aws", "gcp", "local"])
def test_the_price_tables_are_whole(cloud: str) -> None:
    table = load_prices(cloud)
    assert table.cloud == cloud
    assert table.read_on >= date(2026, 1, 1)
    for name, shape in table.shapes.items():
        assert shape.spot_usd_h is None or shape.spot_usd_h < shape.usd_h, name
        assert set(shape.zones) <= set(table.zones), name
        assert ("gpu" in name) == (shape.gpus is not None), name


def test_the_clouds_sell_the_same_shapes_under_the_same_names() -> None:
    aws, gcp = load_prices("aws"), load_prices("gcp")
    # Google has no A10.
    assert set(aws.shapes) - set(gcp.shapes) == {"gpu-a10-4x16"}
    assert set(gcp.shapes) <= set(aws.shapes)
    for name in gcp.shapes:
        assert gcp.shapes[name].vcpus == aws.shapes[name].vcpus, name
        assert 0.9 < gcp.shapes[name].memory_mib / aws.shapes[name].memory_mib <= 1, name
    assert (set(aws.databases), set(aws.caches)) == (set(gcp.databases), set(gcp.caches))


def test_pools_that_no_deployment_could_use_are_told_once_for_all_their_jobs() -> None:
    from sre_cli import wiring

    local = wiring.cluster_spec("local")
    jobs: dict[str, JobSpec | None] = {name: wiring.job_spec(name) for name in local.engine_jobs}
    around = Surroundings(load_prices("local"), jobs, [])
    apart = varied(local, jobs=[], pools__core__zones="odd-even")
    with pytest.raises(SpecError) as caught:
        refuse_mistakes(apart, "x.yaml", around)
    engines = "postgres, redis, rabbitmq, object-store, object-store-fallback"
    assert caught.value.message.splitlines() == [
        f"x.yaml: pools: {engines}: volumes: the pools for it (core) may hold 3 machines in 2 zones, so it"
        " may not come back to its data: one machine a zone",
        "x.yaml: pools: rabbitmq: count: 3 allocations in as many zones, but its pools stand in 2",
    ]


def test_production_differs_between_the_clouds_only_where_it_must() -> None:
    folder = ROOT / "stacks/clusters"
    aws, gcp = (yaml.safe_load((folder / f"{env}.yaml").read_text()) for env in ("aws-prod", "gcp-prod"))
    assert {key for key in aws | gcp if aws.get(key) != gcp.get(key)} == {
        "env",
        "cloud",
        "region",
        "zones",
        "network",
    }


@pytest.mark.parametrize(
    "path", sorted(Path(ROOT / "stacks/clusters").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_shipped_clusters_are_right(path: Path) -> None:
    from sre_cli import wiring

    assert wiring.cluster_spec(path.stem).env == path.stem
