"""The monthly bill, compared with `tests/golden/cost/` and by arithmetic that a reader can repeat."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from infra.clouds.aws.endpoints import INTERFACES
from infra.prices import load_prices
from sre_cli.cli import build_app
from sre_cli.core.cost import HOURS, Estimate, Range, estimate_cost, refuse_above_budget
from sre_cli.core.cost_text import cost_rows, describe_cost
from sre_cli.errors import Refused
from sre_cli.specs.cluster import ClusterSpec, Pool
from tests.engines import ROOT

TODAY = date(2026, 12, 1)
CLUSTERS = ROOT / "stacks/clusters"
GOLDEN = ROOT / "tests/golden/cost"


def estimate(env: str = "aws-prod", **changes: object) -> Estimate:
    spec = ClusterSpec.load(CLUSTERS / f"{env}.yaml").model_copy(update=changes)
    return estimate_cost(spec, load_prices(spec.cloud), TODAY)


@pytest.mark.parametrize("env", ["aws-prod", "gcp-prod"])
def test_the_bill_is_as_agreed(env: str) -> None:
    found = estimate(env)
    lines = ["  ".join(row) for row in cost_rows(found)] + describe_cost(found)
    assert "\n".join(lines) + "\n" == (GOLDEN / f"{env}.txt").read_text()


def test_a_pool_costs_its_machines_for_730_hours() -> None:
    pools = {"workers": Pool(shape="gpu-t4-4x16", roles=["worker"], min=1, expected=2, max=10)}
    items = {item.name: item for item in estimate(pools=pools).items}
    hour = load_prices("aws").shapes["gpu-t4-4x16"].usd_h
    assert items["pool workers"].usd_month == Range(1 * hour * HOURS, 2 * hour * HOURS, 10 * hour * HOURS)
    assert items["pool workers"].gpu


def test_spot_machines_are_billed_as_such() -> None:
    pool = Pool(shape="gpu-t4-4x16", roles=["worker"], min=1, max=1)
    on_demand = estimate(pools={"workers": pool}).total_usd_month.expected
    spot = estimate(pools={"workers": pool.model_copy(update={"spot": True})}).total_usd_month.expected
    shape = load_prices("aws").shapes["gpu-t4-4x16"]
    assert shape.spot_usd_h is not None
    assert on_demand - spot == pytest.approx((shape.usd_h - shape.spot_usd_h) * HOURS)


def test_google_needs_one_nat_gateway_aws_one_a_zone() -> None:
    count = {
        env: {i.name: i.count.expected for i in estimate(env).items}["NAT"]
        for env in ("aws-prod", "gcp-prod")
    }
    assert count == {"aws-prod": 3, "gcp-prod": 1}


def test_aws_bills_as_many_private_endpoints_as_it_makes() -> None:
    units = load_prices("aws").units
    assert units.private_endpoints == len(INTERFACES)
    item = {item.name: item for item in estimate().items}["private endpoints"]
    assert item.count.expected == 3 * len(INTERFACES)
    assert item.usd_month.expected == pytest.approx(3 * len(INTERFACES) * units.private_endpoint_h * HOURS)
    assert "private endpoints" not in {item.name for item in estimate("gcp-prod").items}


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=4)
)
def test_the_lines_add_up_and_come_largest_first(sizes: list[tuple[int, int, int]]) -> None:
    pools = {
        f"pool-{number}": Pool(
            shape="cpu-4x16", roles=["api"], min=low, expected=low + mid, max=low + mid + more
        )
        for number, (low, mid, more) in enumerate(sizes)
    }
    found = estimate(pools=pools)
    total = found.total_usd_month
    assert total.min <= total.expected <= total.max
    assert sum(item.usd_month.expected for item in found.items) == pytest.approx(total.expected)
    assert sum(found.share(item.usd_month) for item in found.items) == pytest.approx(1)
    costs = [item.usd_month.expected for item in found.items]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize(("days", "old"), [(0, False), (180, False), (181, True)])
def test_old_prices_are_told(days: int, old: bool) -> None:
    spec = ClusterSpec.load(CLUSTERS / "aws-prod.yaml")
    table = load_prices("aws").model_copy(update={"read_on": TODAY - timedelta(days=days)})
    lines = describe_cost(estimate_cost(spec, table, TODAY))
    assert any(line.startswith("warning: prices older than 180 days") for line in lines) == old


def test_the_budget_is_a_limit_of_the_expected_cost() -> None:
    expected = estimate().total_usd_month.expected
    refuse_above_budget(estimate(budget_usd_month=expected))
    with pytest.raises(Refused) as refusal:
        refuse_above_budget(estimate(budget_usd_month=expected - 1))
    assert refusal.value.exit_code == 3
    assert "above all of pool workers" in (refusal.value.hint or "")


def test_nothing_is_billed_on_this_machine() -> None:
    assert estimate("local").items == []
    assert estimate("local").gpu_ratio == 0


def test_the_command_fails_above_the_budget_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "aws-prod.yaml"
    path.write_text(
        (CLUSTERS / "aws-prod.yaml").read_text().replace("budget_usd_month: 10000", "budget_usd_month: 9")
    )
    result = CliRunner().invoke(build_app(), ["infra", "cost", str(path), "--json"])
    assert isinstance(result.exception, Refused)
    printed = json.loads(result.stdout)
    assert not printed["within_budget"]
    assert printed["items"][0]["name"] == "pool workers"
    assert CliRunner().invoke(build_app(), ["infra", "cost", str(path), "--no-budget"]).exit_code == 0
