"""Versions that are healthy and measure badly, on real Nomad, Consul and Prometheus, under steady load."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from sre_cli import wiring
from sre_cli.errors import DeployFailed
from sre_cli.specs.job import JobSpec
from sre_cli.specs.outputs import Outputs
from tests.e2e.test_supervisor import deploy, eventually, inspect, spec_of, toy_image, toys
from tests.engines import ENV, sre

__all__ = ["toy_image"]
pytestmark = pytest.mark.engines
RATE_RPS = 20
NOTICED_WITHIN_S = 60.0
GATES = {"http-errors-ratio": 0.01, "http-slow-ratio": 0.05, "memory-ratio": 0.5}


def gated(mode: str = "good", soak_s: int = 15, **changes: Any) -> JobSpec:
    usual: dict[str, Any] = {
        "count": 2,
        "scale": 1,
        "rollout": {"soak_s": soak_s, "patience_s": 90, "gates": GATES},
        "metrics": {},
        "resources": {"memory_mib": 128, "reserve_mhz": 50},
    }
    return spec_of(mode, **{**usual, **changes})


@pytest.fixture(scope="module", autouse=True)
def good_one_under_load(cluster: Outputs, toy_image: None) -> Iterator[None]:
    """Two allocations of a good version, called all the time."""
    sre("deploy", "prometheus", "--env", ENV)
    deploy(gated())
    try:
        with load():
            yield
    finally:
        wiring.stopper(ENV, lambda _: None).run(gated())


@contextmanager
def load() -> Iterator[None]:
    """Requests to whoever passes its check, in turn."""
    stop = threading.Event()
    with ThreadPoolExecutor(100) as pool:
        thread = threading.Thread(target=_send, args=(pool, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _send(pool: ThreadPoolExecutor, stop: threading.Event) -> None:
    catalog, addresses, turn = wiring.catalog(ENV), list[str](), 0
    while not stop.wait(1 / RATE_RPS):
        if turn % RATE_RPS == 0:
            with suppress(Exception):
                addresses = [check.address for check in catalog.checks("toy") if check.passing] or addresses
        turn += 1
        if addresses:
            pool.submit(_call, addresses[turn % len(addresses)])


def _call(address: str) -> None:
    with suppress(httpx.HTTPError):
        httpx.get(f"http://{address}/v1/toy", timeout=10)


def modes() -> list[str]:
    variables = [inspect(toy, "{{json .Config.Env}}") for toy in toys()]
    return [next(one for one in json.loads(each) if one.startswith("MODE=")) for each in variables]


@pytest.mark.parametrize(
    ("mode", "gate", "soak_s"),
    [("errors", "http-errors-ratio", 15), ("slow", "http-slow-ratio", 15), ("leak", "memory-ratio", 60)],
)
def test_a_version_that_measures_badly_is_undone(mode: str, gate: str, soak_s: int) -> None:
    began = time.monotonic()
    with pytest.raises(DeployFailed, match=f"measures badly: {gate}") as error:
        deploy(gated(mode, soak_s=soak_s))
    assert time.monotonic() - began < 2 * NOTICED_WITHIN_S
    assert "the version before runs again, healthy" in error.value.message
    assert f"{gate}: " in (error.value.detail or "")
    eventually(lambda: modes() == ["MODE=good"] * 2)
    (newest, *_) = json.loads(sre("history", "toy", "--env", ENV, "--json").stdout)
    assert (newest["result"], gate in newest["evidence"]) == ("failed", True)
    bad_version = newest["nomad_versions"][0]
    replaced = [one for one in wiring.orchestrator(ENV).allocations("toy") if one.job_version == bad_version]
    assert len(replaced) == 1  # the other one went on serving


def test_a_good_version_is_watched_and_goes_on() -> None:
    began = time.monotonic()
    assert deploy(gated(env={"MODE": "good", "COLOUR": "blue"})).changed
    assert time.monotonic() - began >= gated().rollout.soak_s
    assert modes() == ["MODE=good"] * 2
