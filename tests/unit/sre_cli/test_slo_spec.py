"""Objectives as people write them: every mistake is named with file, key and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_cli import wiring_slo
from sre_cli.errors import SpecError, UsageError
from sre_cli.specs.paths import project_root
from sre_cli.specs.slo import Slo, Windows

GOOD = (project_root() / "slo" / "specs" / "api-availability.yaml").read_text()


def load(tmp_path: Path, text: str) -> Slo:
    path = tmp_path / "api-availability.yaml"
    path.write_text(text)
    return Slo.load(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("target: 0.99", "target: 99", "spec.objectives.0.target: Input should be less than 1"),
        ("sre/hours: 08:00-22:00", "sre/hours: 8-22", "sre/hours: must be like 08:00-22:00 (found '8-22')"),
        ("sre/hours: 08:00-22:00", "sre/hours: 08:00-25:00", "sre/hours: must be like"),
        ("sre/hours: 08:00-22:00", "sre/hours: 08:00-08:00", "sre/hours: must be like"),
        ("    sre/hours: 08:00-22:00\n", "", "means nothing without sre/hours"),
        ("Asia/Jakarta", "WIB", "sre/time-zone: must be a name like Asia/Jakarta (found 'WIB')"),
        ("mon-sun", "mo-su", "sre/days: must be like mon-fri or sat,sun (found 'mo-su')"),
        ('sre/holidays: ""', "sre/holidays: 25.12.2026", "sre/holidays: must be dates like 2026-12-25"),
        ("sre/days", "sre/weekdays", "sre/weekdays: unknown"),
        ("duration: 28d", "duration: 4 weeks", "must be a number of minutes, hours, days or weeks"),
        ("bad:", "worse:", "spec.indicator.spec.ratioMetric.worse: unknown key"),
        ('status=~"5.."}', 'status=~"5.."}[5m]', "spec.query: String should match pattern"),
        ("type: Prometheus", "type: Datadog", "metricSource.type: Input should be 'Prometheus'"),
        ("name: api-availability", "name: availability", "must equal the file's name"),
        ("Occurrences", "Timeslices", "spec.budgetingMethod: Input should be 'Occurrences'"),
        ("counter: true", "counter: false", "ratioMetric.counter: Input should be True"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(SpecError) as error:
        load(tmp_path, GOOD.replace(old, new))
    assert told in error.value.message
    assert "api-availability.yaml: " in error.value.message


def test_without_hours_it_holds_always_and_others_annotations_are_theirs(tmp_path: Path) -> None:
    lines = [line for line in GOOD.splitlines() if "sre/" not in line]
    text = "\n".join(lines).replace("  annotations:", "  annotations: {team: identity}")
    assert load(tmp_path, text).hours is None


def test_days_may_wrap_around_the_week(tmp_path: Path) -> None:
    hours = load(tmp_path, GOOD.replace("mon-sun", "sat-mon,wed")).hours
    assert hours
    assert hours.days == {5, 6, 0, 2}


def test_a_short_window_is_shorter_than_the_long_one(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_text(
        "windows: {a: {severity: page, long: 5m, short: 1h, budget_ratio: 0.1}}\nfewest_events: 1\n"
    )
    with pytest.raises(SpecError, match="short must be less than long"):
        Windows.load(path)


def test_an_unknown_objective_is_told_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no objective 'api-latencyy'") as error:
        wiring_slo.slos(["api-latencyy"])
    assert error.value.hint == "known objectives: api-availability, api-latency"
