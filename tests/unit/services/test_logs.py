"""Every line says what it is about, and none says anything of a person."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.core.tenants import LOCAL_ID

ROOT = Path(__file__).parents[3]
OF_THE_PROCESS = {"consuming", "drained", "no request at all"}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """By `logged`, which sends a person's name wherever one may come in."""
    command = [sys.executable, "-m", "tests.unit.services.logged", str(tmp_path_factory.mktemp("logged"))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


@pytest.fixture(scope="module")
def lines(printed: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in printed.splitlines()]
    return [line for line in found if line["event"] not in OF_THE_PROCESS]


def test_no_line_holds_anything_of_a_person_or_a_key(printed: str) -> None:
    assert '"task"' in printed
    for word in ("OFIE", "NOV", "KOV", "ekyc_secret", ".png"):
        assert word not in printed


def test_an_exception_is_told_by_its_place(lines: list[dict[str, Any]]) -> None:
    raised = {line["event"].strip(): line["exception"] for line in lines if "exception" in line}
    assert raised.keys() == {"model raised", "Exception in ASGI application"}
    for text in raised.values():
        assert text.endswith("ValueError")
        assert "tests/unit/services" in text


def test_what_no_request_caused_is_told_in_full(printed: str) -> None:
    (line,) = [line for line in printed.splitlines() if "no request at all" in line]
    assert "disk full" in line


def test_every_line_says_what_it_is_about(lines: list[dict[str, Any]]) -> None:
    assert {line["event"] for line in lines} >= {"request", "task", "model raised"}
    for line in lines:
        if line["event"] == "model raised":
            assert len(line["ids"]) == 1
            continue
        assert line["tenant"] == LOCAL_ID
        assert line["trace"] == "a" * 32
        assert "id" in line or "request" in line


def test_a_task_and_its_request_are_found_together(lines: list[dict[str, Any]]) -> None:
    (task, _failed) = [line for line in lines if line["event"] == "task"]
    same = [line for line in lines if line.get("id") == task["id"] and line["event"] == "request"]
    assert [line["status"] for line in same] == [200, 500]
    assert len({line["request"] for line in same}) == 2
