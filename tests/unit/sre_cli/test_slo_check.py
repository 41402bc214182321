"""`sre slo check` on a Prometheus in memory: what is printed, and how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from sre_cli import wiring, wiring_slo
from sre_cli.cli import build_app
from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.flows.objectives import Objectives
from tests.unit.sre_cli.fakes import FakeMetrics

BAD, ALL = '5.."}', "_total{"
FINE = {BAD: 1.0, ALL: 1000.0}
SPENT = {BAD: 20.0, ALL: 1000.0}


def at_noon(monkeypatch: pytest.MonkeyPatch, values: dict[str, float], hour: int = 5) -> None:
    """In Jakarta."""
    found = Objectives(
        FakeMetrics(values), wiring_slo.windows(), lambda: datetime(2026, 6, 10, hour, tzinfo=UTC)
    )
    monkeypatch.setattr(wiring_slo, "objectives", lambda env: found)


@pytest.mark.parametrize(
    ("values", "error", "told"),
    [
        (FINE, None, "90.0%"),
        (SPENT, Refused, "is spent: 20 bad of 1,000 events, where 10 may be"),
        ({BAD: 500.0, ALL: 1000.0}, Refused, "times as fast as it may (page, page-"),
        ({}, EngineUnavailable, "nothing was counted for api-availability"),
    ],
)
def test_how_it_ends(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, float], error: type[Exception] | None, told: str
) -> None:
    at_noon(monkeypatch, values)
    done = CliRunner().invoke(build_app(), ["slo", "check", "api-availability"])
    assert "api-availability" in done.stdout
    if error is None:
        assert done.exit_code == 0
        assert told in done.stdout
    else:
        assert isinstance(done.exception, error)
        assert told in str(done.exception)


def test_each_objective_is_an_object_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    at_noon(monkeypatch, FINE)
    done = CliRunner().invoke(build_app(), ["slo", "check", "api-availability", "--json"])
    found = json.loads(done.stdout)
    assert (found["slo"], found["budget_left_ratio"], found["is_spent"]) == ("api-availability", 0.9, False)
    assert set(found["windows"]) == {"page-quick", "page-slow", "ticket"}


def test_where_nobody_reaches_a_prometheus_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "metrics", lambda env: None)
    done = CliRunner().invoke(build_app(), ["slo", "check", "--env", "aws-prod"])
    assert isinstance(done.exception, EngineUnavailable)
    assert "aws-prod has no Prometheus that operators reach" in str(done.exception)


def test_a_wrong_name_is_told_before_an_engine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring_slo, "objectives", lambda env: pytest.fail("an engine was asked"))
    done = CliRunner().invoke(build_app(), ["slo", "check", "latency"])
    assert isinstance(done.exception, UsageError)


def test_after_hours_nothing_burns_that_nobody_could_mend_then(monkeypatch: pytest.MonkeyPatch) -> None:
    at_noon(monkeypatch, {BAD: 500.0, ALL: 100_000.0}, hour=20)
    done = CliRunner().invoke(build_app(), ["slo", "check", "api-availability"])
    assert (done.exit_code, "fine; outside of its hours" in done.stdout) == (0, True)
