"""Who may speak to whom on AWS: by groups, both ends agreed, nothing open but the API's port."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.clouds.aws.flows import GROUPS, JOB_PORTS, flows
from sre_cli.specs.job import JobSpec
from tests.unit.infra.clouds.aws.plan import SPEC, prod, spec_with

Rule = tuple[str, str, str, int, int]
"""Group, other end, protocol, first and last port."""


def rules(kind: str) -> set[Rule]:
    """The rules of a direction (`Ingress`, `Egress`)."""
    found = set()
    for one in prod().of(f"aws:vpc:SecurityGroup{kind}Rule"):
        p = one.properties
        other = p.get("referencedSecurityGroupId") or p["cidrIpv4"]
        ends = (_group(p["securityGroupId"]), _group(other))
        found.add((*ends, p["ipProtocol"], p["fromPort"], p["toPort"]))
    return found


def _group(end: str) -> str:
    return end.removeprefix("aws-prod-").removesuffix("-id")


ALLOWED: list[tuple[str, str, int]] = [
    ("servers", "servers", 4647),
    ("servers", "servers", 4648),
    ("servers", "servers", 8300),
    ("clients", "servers", 4647),
    ("clients", "servers", 8300),
    ("clients", "servers", 8301),
    ("servers", "clients", 8301),
    ("clients", "clients", 8301),
    ("operators", "servers", 4646),
    ("operators", "servers", 8501),
    ("api", "edge", 8443),
    ("monitoring", "servers", 9100),
    ("monitoring", "clients", 9100),
    ("clients", "clients", 4369),
    ("clients", "clients", 25672),
    ("clients", "clients", 5672),
    ("clients", "database", 5432),
    ("clients", "cache", 6379),
    ("clients", "endpoints", 443),
    ("servers", "endpoints", 443),
]

REFUSED: list[tuple[str, str, int]] = [
    ("api", "servers", 4646),
    ("api", "clients", 8000),
    ("operators", "clients", 4646),
    ("servers", "database", 5432),
    ("servers", "cache", 6379),
    ("clients", "servers", 4648),
    ("servers", "clients", 5672),
    ("clients", "clients", 22),
    ("operators", "servers", 22),
]


def is_let_through(source: str, target: str, port: int) -> bool:
    """Whether both ends allow it."""
    ingress = any(
        (group, other) == (target, source) and a <= port <= b for group, other, _, a, b in rules("Ingress")
    )
    egress = any(
        (group, other) == (source, target) and a <= port <= b for group, other, _, a, b in rules("Egress")
    )
    assert ingress == egress, f"{source} -> {target}:{port} is open at one end only"
    return ingress


@pytest.mark.parametrize(("source", "target", "port"), ALLOWED)
def test_is_open(source: str, target: str, port: int) -> None:
    assert is_let_through(source, target, port)


@pytest.mark.parametrize(("source", "target", "port"), REFUSED)
def test_is_closed(source: str, target: str, port: int) -> None:
    assert not is_let_through(source, target, port)


def test_addresses_stand_only_where_the_other_end_is_no_group_of_ours() -> None:
    outside = {(group, other, a) for group, other, _, a, _ in rules("Ingress") if other not in GROUPS}
    operators = str(SPEC.network.operators[0])
    assert outside == {
        ("api", "0.0.0.0/0", 443),
        ("operators", operators, 4646),
        ("operators", operators, 8501),
    }


def test_descriptions_hold_only_what_ec2_takes() -> None:
    kinds = ("aws:ec2:SecurityGroup", *(f"aws:vpc:SecurityGroup{kind}Rule" for kind in ("Ingress", "Egress")))
    for one in prod().of(*kinds):
        assert re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", one.properties["description"], re.ASCII)


def test_what_keeps_data_starts_no_connection() -> None:
    assert not {group for group, *_ in rules("Egress")} & {"database", "cache", "endpoints"}


def test_without_operators_nobody_outside_reaches_nomad() -> None:
    network = spec_with(network={"cidr": "10.20.0.0/16"}).network
    assert not [flow for flow in flows(network) if flow.target == "operators"]


def test_every_port_of_every_job_is_reached_by_other_nodes() -> None:
    behind_the_balancer = {"ingress"}
    for path in Path("nomad_jobs").glob("*.yaml"):
        job = JobSpec.load(path)
        if job.port is None or job.job in behind_the_balancer:
            continue
        for port in (job.port, job.port + job.scale - 1):
            assert any(a <= port <= b for a, b in JOB_PORTS.values()), f"{job.job}: {port}"
