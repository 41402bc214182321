"""Builds the flows around `sre deploy`: several jobs at once, and back to an earlier version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from sre_cli import wiring
from sre_cli.flows.deploy import Deploy, Outcome
from sre_cli.flows.rollback import Rollback
from sre_cli.flows.supply import Image
from sre_cli.flows.waves import Waves


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
    return Rollback(wiring.deployer(env, say, why), partial(wiring.supply, env, say=say), env)
