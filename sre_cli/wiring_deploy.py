"""Builds the flows around `sre deploy`: several jobs at once, and back to an earlier version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_cli import wiring, wiring_slo
from sre_cli.adapters.system_clock import SystemClock
from sre_cli.flows.deploy import Deploy, Outcome
from sre_cli.flows.gatekeeper import gatekeeper
from sre_cli.flows.objectives import refuse_spent
from sre_cli.flows.rollback import Rollback
from sre_cli.flows.supply import Image
from sre_cli.flows.waves import Waves


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


def rollback(env: str, say: Callable[[str], None], why: str = "") -> Rollback:
    """The rollback flow on the environment's engines; `why` goes into the history."""
    return Rollback(deployer(env, say, why), partial(wiring.supply, env, say=say), env)
