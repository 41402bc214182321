"""Where objectives stand by what Prometheus says, and the deploys that a spent budget refuses."""

from __future__ import annotations

import pytest

from sre_cli.core import slo_text
from sre_cli.core.burn import FastestPace
from sre_cli.errors import DeployFailed, Refused
from sre_cli.flows.objectives import Objectives, budget_lines, refuse_spent
from sre_cli.specs.slo import Windows
from tests.unit.sre_cli.fakes import FakeMetrics, FakeOrchestrator, deployment
from tests.unit.sre_cli.test_burn import NOW, slo
from tests.unit.sre_cli.test_gated_deploy import SPEC, TARGET, flow, nomad

WINDOWS = Windows.model_validate(
    {
        "windows": {"quick": {"severity": "page", "long": "1h", "short": "5m", "budget_ratio": 0.02}},
        "fewest_events": 100,
    }
)
TOY = slo(always=True)
FINE = {"bad_total": 1.0, "all_total": 1000.0}
SPENT = {"bad_total": 10.0, "all_total": 1000.0}
BURNING = {"bad_total": 500.0, "all_total": 1000.0}


def objectives(values: dict[str, float]) -> Objectives:
    return Objectives(FakeMetrics(values), WINDOWS, lambda: NOW)


def guarded(values: dict[str, float], nomad: FakeOrchestrator, *, answers: bool = True) -> list[str]:
    """What a deploy noted that asks whether a budget is spent."""
    deploy, _, said = flow(nomad, FakeMetrics())
    found = objectives(values)
    assert isinstance(found.metrics, FakeMetrics)
    found.metrics.answers = answers
    deploy.refuse_spent = lambda spec: refuse_spent(lambda: found, lambda _: [TOY], said.append, spec)
    deploy.run(SPEC, TARGET, "hcl")
    return said


def test_an_objective_that_is_well() -> None:
    standing = objectives(FINE).standing(TOY)
    assert (standing.is_spent, standing.burning, round(standing.left_ratio, 3)) == (False, (), 0.9)
    assert slo_text.row(standing)[1:] == ("99.00%", "99.900%", "1", "1,000", "90.0%", "fine")
    assert budget_lines(objectives(FINE), [TOY]) == ["error budget of toy: 90.0% left"]


def test_an_objective_of_which_nothing_was_counted() -> None:
    found = objectives({})
    standing = found.standing(TOY)
    assert slo_text.row(standing)[-1] == "no data"
    assert slo_text.standing_json(standing)["budget_left_ratio"] is None
    assert isinstance(found.metrics, FakeMetrics)
    assert len(found.metrics.asked) == 2  # no window is asked for


def test_an_objective_that_burns() -> None:
    standing = objectives(BURNING).standing(TOY)
    assert slo_text.burning_words(standing) == ("toy burns 50.0 times as fast as it may (page, quick)")
    assert slo_text.standing_json(standing)["windows"]["quick"]["burns"] is True


def test_a_spent_budget_refuses_a_deploy_before_anything_is_done() -> None:
    engine = nomad()
    with pytest.raises(Refused, match="of toy is spent: 10 bad of 1,000 events, where 10 may be") as error:
        guarded(SPENT, engine)
    assert "--override" in (error.value.hint or "")
    assert engine.registered == 0


def test_it_refuses_no_start_of_what_is_down_and_no_way_back() -> None:
    engine = nomad()
    deploy, _, said = flow(engine, FakeMetrics())
    found, engine.state = objectives(SPENT), deployment(1, "successful")
    deploy.refuse_spent = lambda spec: refuse_spent(lambda: found, lambda _: [TOY], said.append, spec)
    assert deploy.bring(SPEC, TARGET, {"ID": "toy"}, action="rollback").healthy
    engine.placed = []
    assert deploy.run(SPEC, TARGET, "hcl").healthy


def test_where_prometheus_is_silent_the_deploy_goes_on_and_says_so() -> None:
    assert "not known whether error budget is left: Prometheus does not answer" in guarded(
        FINE, nomad(), answers=False
    )


@pytest.mark.parametrize(("bad", "is_undone"), [(40.0, True), (2.0, False)])
def test_a_rollout_under_which_the_whole_service_burns_is_undone(bad: float, is_undone: bool) -> None:
    engine = nomad()
    # The first look is at the minutes before: nothing was wrong then.
    metrics = FakeMetrics({"bad_total[60s]": 0.0, "all_total": 100.0, "bad_total": bad})
    deploy, _, _ = flow(engine, metrics, [FastestPace(TOY, 0.1)])
    if not is_undone:
        assert deploy.run(SPEC, TARGET, "hcl").healthy
        return
    with pytest.raises(
        DeployFailed, match="burn rate of toy: 40 of 100 events of the whole service"
    ) as error:
        deploy.run(SPEC, TARGET, "hcl")
    assert "the version before runs again, healthy" in error.value.message


def test_what_burned_before_is_no_fault_of_the_new_version() -> None:
    engine = nomad()
    metrics = FakeMetrics({"bad_total": 40.0, "all_total": 100.0})
    deploy, _, _ = flow(engine, metrics, [FastestPace(TOY, 0.1)])
    assert deploy.run(SPEC, TARGET, "hcl").healthy
