from __future__ import annotations

import subprocess

import pytest

from infra.clouds.local import nodes
from infra.clouds.local.nodes import LAST_ONE, SPARED, read_again, start, stopped, wait_spared, wait_well
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine

UNITS = ("consul", "nomad")
RENEW = ("systemctl", "start", "renew")


def test_a_unit_that_does_not_run_is_started(engine: Engine) -> None:
    engine.answers("exec blue-core-0", "active\ninactive\n")
    assert stopped("blue-core-0", UNITS) == ["nomad"]
    start("blue-core-0", UNITS)
    assert engine.told("exec")[-1] == "exec blue-core-0 systemctl start --no-block nomad"


def test_one_that_is_about_to_run_is_left_alone(engine: Engine) -> None:
    engine.answers("exec blue-core-0", "active\nactivating\n")
    start("blue-core-0", UNITS)
    assert len(engine.told("exec")) == 1


def test_what_has_no_units_is_not_asked(engine: Engine) -> None:
    assert stopped("blue-gateway", ()) == []
    wait_well("blue-gateway", ())
    assert engine.told() == []


def test_new_files_are_read_by_what_runs_and_where_it_cannot_by_a_new_start(engine: Engine) -> None:
    read_again("blue-core-0", RENEW, UNITS)
    read_again("blue-gateway", ("kill", "-USR2", "1"), ())
    read_again("blue-registry", (), ())
    assert [line for line in engine.told() if "result.json" not in line] == [
        "exec blue-core-0 systemctl start renew",
        "exec blue-gateway kill -USR2 1",
        "container restart blue-registry",
    ]


def test_a_node_that_boots_reads_its_certificates_by_itself(engine: Engine) -> None:
    engine.fails("exec blue-core-0", "")
    read_again("blue-core-0", RENEW, UNITS)
    assert len(engine.told()) == 1


def test_a_node_whose_systemd_does_not_answer_runs_nothing(engine: Engine) -> None:
    assert stopped("blue-core-0", UNITS) == ["consul", "nomad"]


def test_a_node_that_never_gets_well_holds_up_the_others(engine: Engine) -> None:
    engine.fails("exec blue-core-0", "refused")
    with pytest.raises(EngineUnavailable, match=r"blue-core-0 is not well .* the others were left alone"):
        wait_well("blue-core-0", UNITS, pause=lambda _: None, deadline_s=0)


def ended(monkeypatch: pytest.MonkeyPatch, *codes: int) -> list[int]:
    """What a server's own answer to SPARED is, time after time."""
    left = list(codes)

    def attempt(words: list[str]) -> subprocess.CompletedProcess[bytes]:
        assert words[-1] == SPARED
        return subprocess.CompletedProcess(words, left.pop(0))

    monkeypatch.setattr(nodes, "attempt", attempt)
    return left


def test_a_server_that_is_made_anew_waits_until_the_others_can_do_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = ended(monkeypatch, LAST_ONE, 1, LAST_ONE, 0)
    wait_spared("blue-server-0", UNITS, pause=lambda _: None)
    assert left == []


def test_a_server_without_which_there_is_no_majority_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ended(monkeypatch, LAST_ONE)
    with pytest.raises(EngineUnavailable, match="the servers would lose their majority"):
        wait_spared("blue-server-0", UNITS, pause=lambda _: None, deadline_s=-1)


def test_where_there_is_no_majority_to_lose_a_server_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    left = ended(monkeypatch, 1)
    wait_spared("blue-server-0", UNITS, pause=lambda _: None, deadline_s=-1)
    assert left == []
