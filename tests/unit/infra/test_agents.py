"""Starting the agents, with a pretended Consul."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.node import agents as starting
from infra.node.agents import Agents, agent_process
from infra.node.layout import Layout
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.conftest import Pretend

LAYOUT = Layout("blue", 2000)


@pytest.fixture
def consul(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(starting, "check_free", lambda *_, **__: None)
    yield pretend("consul", "echo started; exec sleep 60") / "consul"
    agent_process(LAYOUT, "consul").stop(2)


def start(consul: Path, layout: Layout = LAYOUT) -> int | None:
    Agents(layout, {"consul": consul}).start("consul", lambda: True)
    return agent_process(layout, "consul").pid()


def test_what_runs_is_left_alone(consul: Path) -> None:
    pid = start(consul)
    assert pid
    assert start(consul) == pid


def test_what_runs_with_another_configuration_is_told_at_once(consul: Path) -> None:
    pid = start(consul)
    with pytest.raises(EngineUnavailable, match="consul of blue runs with an older configuration") as caught:
        start(consul, Layout("blue", 3000))
    assert "sre infra destroy blue" in (caught.value.hint or "")
    assert agent_process(LAYOUT, "consul").pid() == pid


def test_one_that_dies_is_told_with_its_last_words(consul: Path) -> None:
    consul.write_text("#!/bin/sh\necho no space left >&2; exit 1\n")
    with pytest.raises(EngineUnavailable, match="ended while starting") as caught:
        Agents(LAYOUT, {"consul": consul}).start("consul", lambda: False)
    assert caught.value.detail == "no space left"
