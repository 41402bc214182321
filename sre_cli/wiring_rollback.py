"""Builds the flow that brings a job back to what ran before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sre_cli.flows.rollback import Rollback


def rollback(env: str, say: Callable[[str], None], why: str = "") -> Rollback:
    """The rollback flow on the environment's engines; `why` goes into the history."""
    from functools import partial

    from sre_cli import wiring
    from sre_cli.flows.rollback import Rollback

    return Rollback(wiring.deployer(env, say, why), partial(wiring.supply, env, say=say), env)
