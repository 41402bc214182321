"""Builds the flows that change what runs: deploys, rollbacks, restarts, drains."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from sre_cli import wiring, wiring_slo
from sre_cli.adapters.system_clock import SystemClock
from sre_cli.core.placement import room_for
from sre_cli.errors import UsageError
from sre_cli.flows.deploy import Deploy, Outcome
from sre_cli.flows.drain import Drain
from sre_cli.flows.gatekeeper import gatekeeper
from sre_cli.flows.objectives import refuse_spent
from sre_cli.flows.restart import Restart
from sre_cli.flows.rollback import Rollback
from sre_cli.flows.side_by_side import side_by_side
from sre_cli.flows.supply import Image
from sre_cli.flows.waves import Waves
from sre_cli.specs.job import JobSpec

T = TypeVar("T")


def deployer(
    env: str, say: Callable[[str], None], why: str = "", *, gated: bool = True, in_budget: bool = True
) -> Deploy:
    """The deploy flow on the environment's engines; `why` goes into the history.

    `gated`: what the new version measures decides, too. `in_budget`: nothing is deployed whose objectives
    have no budget left.
    """
    clock, notes = SystemClock(), list[str]()
    deploy = Deploy(
        wiring.orchestrator(env),
        wiring.catalog(env),
        clock,
        say,
        wiring.recorder(env, why, say).recording,
        notes=notes,
    )
    if gated:
        find_metrics, paces = partial(wiring.metrics, env), wiring_slo.paces
        deploy.gatekeeper = partial(gatekeeper, find_metrics, clock, notes.append, paces)
    if in_budget:
        find_objectives = partial(wiring_slo.objectives, env)
        deploy.refuse_spent = partial(refuse_spent, find_objectives, wiring_slo.of_job, notes.append)
    return deploy


def waves(
    env: str,
    images: Iterable[Image],
    deploy: Callable[[], Deploy],
    say: Callable[[str], None],
    done: Callable[[Outcome], None],
) -> Waves:
    """What deploys several jobs, whose images are `images`, each by a flow of its own."""
    return Waves(wiring.supply(env, images, say), deploy, done)


def restart(env: str, say: Callable[[str], None], why: str = "") -> Restart:
    """The restart flow on the environment's engines; `why` goes into the history."""
    recording = wiring.recorder(env, why, say).recording
    engines = wiring.orchestrator(env), wiring.nodes(env), wiring.catalog(env)
    return Restart(*engines, SystemClock(), say, env, recording)


def drain(env: str, say: Callable[[str], None], why: str = "") -> Drain:
    """The drain flow on the environment's engines; `why` goes into the history."""
    recording = wiring.recorder(env, why, say).recording
    nomad, catalog, cluster = wiring.orchestrator(env), wiring.catalog(env), wiring.cluster_spec(env)

    def others(node: str, spec: JobSpec) -> int:
        zones = {machine.name: machine.zone for machine in catalog.machines()}
        ready = [one for one in nomad.nodes() if one.status == "ready" and one.name != node]
        return room_for(spec, ready, zones, cluster)

    def takes_jobs(node: str) -> bool:
        return all(one.status != "draining" for one in nomad.nodes() if one.name == node)

    return Drain(wiring.nodes(env), catalog, SystemClock(), _specs, others, takes_jobs, say, env, recording)


def _specs(jobs: Sequence[str]) -> dict[str, JobSpec]:
    found = {}
    for job in jobs:
        with suppress(UsageError):  # of another checkout
            found[job] = wiring.job_spec(job)
    return found


def interruptible(flow: Deploy | Restart | Drain, run: Callable[[], T]) -> T:
    """Run it so that an interrupt is tidied up after; another one leaves things as they are."""
    interrupted, results = threading.Event(), list[T]()
    flow.is_interrupted = interrupted.is_set
    side_by_side({"": run}, results.append, interrupted)
    return results[0]


def rollback(env: str, say: Callable[[str], None], why: str = "") -> Rollback:
    """The rollback flow on the environment's engines; `why` goes into the history."""
    return Rollback(deployer(env, say, why), partial(wiring.supply, env, say=say), env)
