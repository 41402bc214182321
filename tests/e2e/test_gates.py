"""Versions that are healthy and measure badly, on real Nomad, Consul and Prometheus, under steady load."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest

from sre_cli import wiring, wiring_deploy, wiring_slo
from sre_cli.adapters.system_clock import SystemClock
from sre_cli.core.burn import page_pace
from sre_cli.errors import DeployFailed, Refused
from sre_cli.flows.gatekeeper import gatekeeper
from sre_cli.flows.objectives import refuse_spent
from sre_cli.specs.job import JobSpec
from sre_cli.specs.outputs import Outputs
from sre_cli.specs.slo import Slo
from tests.e2e.test_supervisor import VERSION, deploy, eventually, inspect, spec_of, toy_image, toys
from tests.engines import ENV, containers, sre

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


def of_toys() -> Slo:
    """99.9 % of the toys' requests, at any hour."""
    slo = wiring_slo.slos(["api-availability"])[0]
    document = slo.model_dump(mode="json", by_alias=True, exclude_none=True)
    counters = document["spec"]["indicator"]["spec"]["ratioMetric"]
    for counter in (counters["bad"], counters["total"]):
        query = counter["metricSource"]["spec"]["query"]
        counter["metricSource"]["spec"]["query"] = query.replace('job="api"', 'job="toy"')
    document["spec"]["objectives"][0]["target"] = 0.999
    document["spec"]["timeWindow"][0]["duration"] = "1d"
    document["metadata"] = {"name": "toys-answer"}
    return Slo.model_validate(document)


def deploy_for(slo: Slo, spec: JobSpec, *, in_budget: bool = True) -> None:
    """As `sre deploy` of a job whose `rollout.slos` has it."""
    flow = wiring_deploy.deployer(ENV, lambda _: None)
    pace, metrics = page_pace(slo, wiring_slo.windows().windows, datetime.now(UTC)), wiring.metrics(ENV)
    assert metrics
    flow.gatekeeper = partial(gatekeeper, lambda: metrics, SystemClock(), print, lambda _: [pace])
    if in_budget:
        flow.refuse_spent = partial(refuse_spent, lambda: wiring_slo.objectives(ENV), lambda _: [slo], print)
    else:
        flow.refuse_spent = lambda _: None
    target = wiring.target(spec, ENV, VERSION)
    flow.run(spec, target, wiring.rendered(spec, target))


def test_a_version_under_which_the_budget_burns_is_undone_and_a_spent_one_refuses_the_next() -> None:
    # No gate of its own: the objective alone sees that the whole service answers worse.
    only_slo = {"gates": {}, "slos": ["toys-answer"]}
    ungated = gated("errors").model_copy(update={"rollout": gated().rollout.model_copy(update=only_slo)})
    with pytest.raises(DeployFailed, match="measures badly: burn rate of toys-answer"):
        deploy_for(of_toys(), ungated, in_budget=False)
    eventually(lambda: modes() == ["MODE=good"] * 2)
    before = containers("toy")
    with pytest.raises(Refused, match="the error budget of toys-answer is spent") as error:
        deploy_for(of_toys(), gated(env={"MODE": "good", "COLOUR": "green"}))
    assert "--override" in (error.value.hint or "")
    assert containers("toy") == before
