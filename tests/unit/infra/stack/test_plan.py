"""The engine's steps as a plan, and the plan in words."""

from __future__ import annotations

from typing import Any

from pulumi.automation import StepEventMetadata

from infra.policy import Violation
from infra.stack.plan import SECRET, Change, Plan, plan_of, resource_of, short_type
from infra.stack.plan_text import drift_lines, drift_summary, lines, markdown, summary

NODE = "pulumi-python:dynamic/local:Node"
VPC = "aws:ec2/vpc:Vpc"


def step(op: str, type_: str = NODE, name: str = "a", **more: Any) -> StepEventMetadata:
    return StepEventMetadata.from_json(
        {"op": op, "urn": f"urn:pulumi:prod::sre::{type_}::{name}", "type": type_, **more}
    )


def state(inputs: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": NODE, "inputs": inputs, "outputs": outputs or {}, "parent": "urn:p"}


def test_types_are_short_for_people() -> None:
    assert short_type(VPC) == "aws:ec2:Vpc"
    assert short_type(NODE) == "local:Node"
    assert short_type("sre:identity:Identity") == "sre:identity:Identity"


def test_changes_stand_in_one_order_and_the_engines_own_are_left_out() -> None:
    steps = [
        step("same", name="kept"),
        step("delete", name="z"),
        step("create", VPC, "b"),
        step("create", VPC, "a"),
        step("create-replacement", name="c"),
        step("create", "pulumi:pulumi:Stack", "sre-prod"),
        step("create", "pulumi:providers:aws", "default"),
    ]
    plan = plan_of("prod", steps)
    assert [(one.op, one.name) for one in plan.changes] == [("create", "a"), ("create", "b"), ("delete", "z")]
    assert plan.unchanged == 1


def test_changed_properties_come_from_the_engine_where_it_says_them() -> None:
    said = step("update", VPC, diffs=["tags"], detailedDiff={"tags.env": {"diffKind": "add"}})
    assert plan_of("prod", [said]).changes[0].properties == ("tags",)


def test_else_from_comparing_what_is_wanted_with_what_was() -> None:
    old, new = state({"image": "v1", "cpus": 2, "__provider": "x"}), state({"image": "v2", "cpus": 2})
    assert plan_of("prod", [step("update", old=old, new=new)]).changes[0].properties == ("image",)


def test_drift_is_what_is_against_what_was() -> None:
    inputs = {"text": "one"}
    old, new = state(inputs, {"text": "one", "size": 1}), state(inputs, {"text": "two", "size": 1})
    assert plan_of("prod", [step("update", old=old, new=new)]).changes[0].properties == ("text",)


def test_policies_see_no_wrapping_of_secrets() -> None:
    found = resource_of(step("create", new=state({"policy": {SECRET: "1b", "ciphertext": "[secret]"}})))
    assert found
    assert found.properties == {"policy": "[secret]"}
    assert found.parent == "urn:p"
    assert resource_of(step("delete", old=state({}))) is None


PLAN = Plan(
    "prod",
    (Change("create", "local:Node", "a"), Change("update", "aws:ec2:Vpc", "b", ("tags", "cidr"))),
    unchanged=40,
    violations=(Violation("imdsv2", "aws:ec2:LaunchTemplate", "t", "off"),),
)


def test_a_plan_in_lines() -> None:
    assert summary(PLAN) == "prod: 1 to create, 1 to update, 40 unchanged"
    assert lines(PLAN) == [
        "+ create  local:Node   a",
        "~ update  aws:ec2:Vpc  b  (tags, cidr)",
        "! imdsv2: aws:ec2:LaunchTemplate t: off",
    ]
    assert summary(Plan("prod", (), 3)) == "prod: nothing to change, 3 unchanged"


def test_a_plan_as_a_comment() -> None:
    assert markdown(PLAN).splitlines() == [
        "### `prod`",
        "",
        "1 to create, 1 to update, 40 unchanged.",
        "",
        "**Policies that it breaks:**",
        "",
        "- imdsv2: aws:ec2:LaunchTemplate t: off",
        "",
        "| | type | name | properties |",
        "|---|---|---|---|",
        "| + create | `local:Node` | `a` |  |",
        "| ~ update | `aws:ec2:Vpc` | `b` | tags, cidr |",
    ]


def test_a_long_comment_says_how_much_it_leaves_out() -> None:
    long = Plan("prod", tuple(Change("create", "t", str(n)) for n in range(203)), 0)
    assert markdown(long).rstrip().endswith("and 3 more")


def test_drift_has_words_of_its_own() -> None:
    found = Plan("prod", (Change("update", "t", "a", ("text",)), Change("delete", "t", "b")), 4)
    assert drift_lines(found) == ["~ changed t  a  (text)", "- gone    t  b"]
    assert drift_summary(found) == "prod: 1 changed, 1 gone, 4 as they were left"
    assert drift_summary(Plan("prod", (), 6)) == "prod: in sync, 6 as they were left"
