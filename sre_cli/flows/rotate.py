"""Renews the certificates of a cluster while it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sre_cli.errors import EngineUnavailable
from sre_cli.ports import Clock
from sre_cli.ports_state import Certificates

DEADLINE_S = 900.0
"""Nodes ask for new certificates every five minutes, give or take two."""
PAUSE_S = 5.0
CALM_ROUNDS = 3
"""Behind one address stand several servers: an answer may be of those that are through already."""


@dataclass(frozen=True)
class Rotated:
    """What came of it."""

    env: str
    before: list[str]
    after: list[str]
    """Serial numbers of what the engines show."""
    seconds: float


def rotate_certificates(
    env: str, renew: Callable[[], object], shown: Certificates, clock: Clock, say: Callable[[str], None]
) -> Rotated:
    """Have every certificate made anew by `renew`, and wait until no engine shows an old one.

    Raises EngineUnavailable: when one still does after DEADLINE_S; the engines serve with either.
    """
    began = clock.monotonic()
    before = shown.serials()
    renew()
    after = _wait(env, before, shown, clock, say)
    return Rotated(env, sorted(before), sorted(after), round(clock.monotonic() - began, 1))


def _wait(
    env: str, before: set[str], shown: Certificates, clock: Clock, say: Callable[[str], None]
) -> set[str]:
    until, calm = clock.monotonic() + DEADLINE_S, 0
    while True:
        try:
            found = shown.serials()
        except EngineUnavailable:
            # One that takes its new certificate at this moment may hang up.
            if clock.monotonic() > until:
                raise
            found = before
        calm = 0 if found & before else calm + 1
        if calm == CALM_ROUNDS:
            return found
        if clock.monotonic() > until:
            raise EngineUnavailable(
                f"{env}: an engine still shows its old certificate after {DEADLINE_S:.0f} s",
                hint=f"journalctl -u sre-renew on the node; sre infra rotate {env} certificates goes on",
            )
        say("wait for nodes to take their new certificates" if found & before else "look again")
        clock.sleep(PAUSE_S)
