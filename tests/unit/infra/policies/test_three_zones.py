"""Servers that would not survive the loss of a zone, or that nobody finds."""

from __future__ import annotations

from typing import Any

import pytest

from infra.policy import UNKNOWN, Resource, check

GROUP = "aws:autoscaling/group:Group"
TAGS = [{"key": "env", "value": "prod", "propagateAtLaunch": True}]


@pytest.mark.parametrize(
    ("groups", "is_enough"),
    [
        ([["subnet-a", "subnet-b", "subnet-c"]], True),
        ([["subnet-a"], ["subnet-b"], ["subnet-c"]], True),
        ([["subnet-a", "subnet-b"]], False),
        ([["subnet-a"], ["subnet-a"], ["subnet-a"]], False),
        ([[UNKNOWN], [UNKNOWN], [UNKNOWN]], True),
        ([[UNKNOWN, UNKNOWN]], False),
        ([UNKNOWN], True),
    ],
)
def test_servers_stand_in_three_zones(groups: list[Any], is_enough: bool) -> None:
    plan = [
        Resource(GROUP, f"server-{i}", {"vpcZoneIdentifiers": zones, "tags": TAGS})
        for i, zones in enumerate(groups)
    ]
    assert [one.policy for one in check(plan)] == ([] if is_enough else ["three_zones"])


def test_a_plan_without_servers_says_so() -> None:
    subnet = Resource("aws:ec2/subnet:Subnet", "private", {})
    workers = Resource(GROUP, "workers", {"vpcZoneIdentifiers": ["a", "b", "c"], "tags": TAGS})
    for plan, name in (([subnet], "Subnet private"), ([subnet, workers], "Group workers")):
        (violation,) = check(plan)
        assert violation.policy == "three_zones"
        assert name in str(violation)
        assert "the plan has no servers" in violation.message


def test_a_plan_of_no_cloud_is_not_asked_for_servers() -> None:
    assert check([Resource("pulumi-python:dynamic/local:Machine", "local-server-0", {})]) == []
