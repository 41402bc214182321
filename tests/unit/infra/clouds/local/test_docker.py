from __future__ import annotations

import pytest

from infra.clouds.local.docker import docker, flags, inspect, named
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine


@pytest.mark.parametrize(
    "complaint",
    [
        "Error response from daemon: get x: no such volume",
        "Error: No such container: x\nError: No such container: y",
        "Error response from daemon: network x not found",
    ],
)
def test_what_is_missing_is_not_there(engine: Engine, complaint: str) -> None:
    engine.fails("volume inspect", complaint)
    assert inspect("volume", "x", "y") == []


def test_an_engine_that_does_not_answer_is_not_taken_for_one_that_has_nothing(engine: Engine) -> None:
    engine.fails("volume inspect", "Cannot connect to the Docker daemon. Is the docker daemon running?")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        inspect("volume", "x")


def test_a_failure_is_told_in_the_engines_words(engine: Engine) -> None:
    engine.fails("network create", "Pool overlaps with other one on this address space")
    with pytest.raises(EngineUnavailable, match=r"`docker network create` failed: Pool overlaps"):
        docker("network", "create", "x")


def test_a_machine_without_docker_is_told_so(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineUnavailable, match="not installed"):
        docker("ps")


def test_names_are_asked_for_by_label_stopped_ones_too(engine: Engine) -> None:
    engine.answers("container ls", "a\nb\n")
    assert named("container", "sre.env=blue") == ["a", "b"]
    assert engine.told() == ["container ls --all --filter label=sre.env=blue --format {{.Names}}"]


def test_a_flag_stands_before_each_value() -> None:
    assert flags("label", ["a=b", "c=d"]) == ["--label", "a=b", "--label", "c=d"]
