"""The history: what is written while a job changes, and what is shown when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sre_cli.core.history import Change, ConfigChange, JobVersion, merge_history, parse_span, table_row
from sre_cli.errors import DeployFailed, EngineUnavailable, Refused, UsageError
from sre_cli.flows.history import history
from sre_cli.flows.record import EVIDENCE_CHARS, Recorder
from sre_cli.specs.history import Entry, Result
from tests.unit.sre_cli.fakes import FakeLedger, FakeOrchestrator

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
CHANGE = Change("toy", "deploy", "v1", "v2", ("~ image",))


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def version(number: int, at: datetime, *, stable: bool = True, stops: bool = False) -> JobVersion:
    return JobVersion("toy", number, at, f"v{number}", stable, stops)


@dataclass
class Told:
    """A recorder whose clock goes on a minute each time that it is asked."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    nomad: FakeOrchestrator = field(default_factory=FakeOrchestrator)
    said: list[str] = field(default_factory=list)
    asked: int = -1

    @property
    def recorder(self) -> Recorder:
        return Recorder(self.ledger, self.nomad, self._now, "ada@desk", "because", self.said.append)

    @property
    def last(self) -> Entry:
        return self.ledger.written[-1]

    def _now(self) -> datetime:
        self.asked += 1
        return minutes(self.asked)


def test_a_change_is_written_before_and_after_it() -> None:
    told = Told(nomad=FakeOrchestrator(remembered=[version(4, minutes(-9))]))
    with told.recorder.recording(CHANGE):
        assert told.last.result is Result.RUNNING
        assert list(told.ledger.held()) == ["toy"]
        told.nomad.remembered.append(version(5, NOON))
    assert told.ledger.held() == {}
    assert [entry.id for entry in told.ledger.written] == [told.last.id] * 2
    assert told.last == Entry(
        id=told.last.id,
        job="toy",
        action="deploy",
        began_at=NOON,
        ended_at=minutes(1),
        by="ada@desk",
        why="because",
        before="v1",
        after="v2",
        changes=("~ image",),
        nomad_versions=(5,),
        result=Result.HEALTHY,
    )


def test_what_failed_says_why_and_names_the_version_that_came_back() -> None:
    told = Told()

    def fail() -> None:
        told.nomad.remembered += [version(1, NOON), version(2, NOON)]
        raise DeployFailed("toy: not healthy", detail="x" * 2 * EVIDENCE_CHARS + "out of coffee")

    with pytest.raises(DeployFailed), told.recorder.recording(CHANGE):
        fail()
    assert (told.last.result, told.last.nomad_versions) == (Result.FAILED, (1, 2))
    assert told.last.evidence.endswith("out of coffee")
    assert len(told.last.evidence) == EVIDENCE_CHARS


def test_a_job_that_somebody_else_changes_is_not_touched_nor_written_about() -> None:
    told = Told(ledger=FakeLedger(busy={"toy": "1"}))
    with pytest.raises(Refused), told.recorder.recording(CHANGE):
        pytest.fail("it was changed")
    assert told.ledger.written == []


def test_a_stop_ends_as_one() -> None:
    told = Told()
    with told.recorder.recording(Change("toy", "stop", "v1", "", ())):
        pass
    assert told.last.result is Result.STOPPED


def test_what_was_done_stands_when_it_cannot_be_written_down_any_more() -> None:
    told = Told()
    with told.recorder.recording(CHANGE):
        told.ledger.answers = False
    assert told.said == ["toy: not written into the history: Consul does not answer"]


def test_nothing_is_done_that_cannot_be_written_down() -> None:
    told = Told(ledger=FakeLedger(answers=False))
    with pytest.raises(EngineUnavailable), told.recorder.recording(CHANGE):
        pytest.fail("it was changed")


def entry(result: Result, at: datetime = NOON, *numbers: int) -> Entry:
    return Entry(
        id=f"{at:%H%M}", job="toy", action="deploy", began_at=at, by="ada", result=result,
        before="v1", after="v2", nomad_versions=numbers,
    )  # fmt: skip


def test_what_a_dead_run_registered_is_its_own() -> None:
    dead = Entry(id="1", job="toy", action="deploy", began_at=minutes(1), by="ada", before="v0", after="v1")
    next_one = dead.model_copy(update={"id": "2", "began_at": minutes(5), "result": Result.HEALTHY})
    versions = [version(1, minutes(2)), version(2, minutes(3)), version(1, minutes(6))]
    found = merge_history([dead, next_one], versions, [], held={})
    assert [(one.id, one.result, one.nomad_versions) for one in found if one.id == "1"] == [
        ("1", Result.LEFT, (1,))
    ]
    assert [one.began_at for one in found if one.action == "register"] == [minutes(3)]


def test_one_that_nobody_holds_any_more_was_left_alone() -> None:
    running = entry(Result.RUNNING)
    assert merge_history([running], [], [], held={"toy": running.id})[0].result is Result.RUNNING
    assert merge_history([running], [], [], held={})[0].result is Result.LEFT


def test_versions_that_nobody_wrote_about_are_shown_as_somebodys() -> None:
    versions = [version(3, minutes(1)), version(4, minutes(2)), version(5, minutes(3), stops=True)]
    config = [ConfigChange("toy", minutes(4))]
    found = merge_history([entry(Result.HEALTHY, NOON, 3)], versions, config, held={})
    assert [(one.action, one.result.value) for one in found] == [
        ("config", "unknown"),
        ("stop", "unknown"),
        ("register", "unknown"),
        ("deploy", "healthy"),
    ]
    assert {one.by for one in found[:3]} == {"somebody, without sre"}


def test_the_version_of_a_deploy_that_goes_on_is_its_own() -> None:
    versions = [version(3, minutes(-1)), version(4, minutes(1))]
    running = entry(Result.RUNNING)
    found = merge_history([running], versions, [], held={"toy": running.id})
    assert [one.action for one in found] == ["deploy", "register"]


def test_since_when_and_of_which_job() -> None:
    nomad = FakeOrchestrator(
        remembered=[version(1, minutes(-90))], config=[ConfigChange("other", minutes(5))]
    )
    ledger = FakeLedger([entry(Result.HEALTHY), entry(Result.HEALTHY, minutes(-200))])
    assert [one.action for one in history(ledger, nomad, None, minutes(-100))] == [
        "config",
        "deploy",
        "register",
    ]
    assert [one.action for one in history(ledger, nomad, "toy", minutes(-10))] == ["deploy"]


@pytest.mark.parametrize(("text", "span"), [("90m", 90), ("3h", 180), ("2d", 2880)])
def test_spans(text: str, span: float) -> None:
    assert parse_span(text) == timedelta(minutes=span)


@pytest.mark.parametrize("text", ["", "3", "h", "-3h", "3 hours", "3w"])
def test_no_spans(text: str) -> None:
    with pytest.raises(UsageError, match="is no span of time"):
        parse_span(text)


def test_a_row_tells_what_there_is() -> None:
    row = table_row(entry(Result.FAILED).model_copy(update={"ended_at": minutes(1.5), "why": "to see"}))
    assert row[1:] == ("toy", "deploy", "ada", "v1 -> v2", "failed", "90 s", "to see")
    assert table_row(entry(Result.UNKNOWN).model_copy(update={"before": ""}))[4] == "- -> v2"


def test_what_a_newer_sre_wrote_beside_is_left_out() -> None:
    told = entry(Result.HEALTHY).model_dump(mode="json") | {"verdict": "fine"}
    assert Entry.model_validate(told) == entry(Result.HEALTHY)
