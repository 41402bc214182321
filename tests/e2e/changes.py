"""Deploys of a change that costs no new image."""

from __future__ import annotations

from collections.abc import Callable

from sre_cli import wiring, wiring_deploy
from sre_cli.flows.deploy import Outcome
from tests.engines import ENV

SOAK_S = 10


def change(job: str, level: str = "debug", say: Callable[[str], None] = print) -> Outcome:
    """What changes is a word of its configuration, which rolls like a new version."""
    spec = wiring.job_spec(job)
    rollout = spec.rollout.model_copy(update={"soak_s": SOAK_S})
    spec = spec.model_copy(update={"env": {**spec.env, "EKYC_LOG_LEVEL": level}, "rollout": rollout})
    target = wiring.target(spec, ENV, None)
    return wiring_deploy.deployer(ENV, say, "a test").run(spec, target, wiring.rendered(spec, target))
