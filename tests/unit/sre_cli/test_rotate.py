"""Rotation: it ends when no engine shows an old certificate, and only then."""

from __future__ import annotations

import pytest

from sre_cli.errors import EngineUnavailable
from sre_cli.flows.rotate import CALM_ROUNDS, DEADLINE_S, PAUSE_S, rotate_certificates
from tests.unit.sre_cli.fakes import FakeClock


class Servers:
    """Three servers behind one address; each takes its new certificate `after_s` seconds after renewal."""

    def __init__(self, clock: FakeClock, after_s: list[float]):
        self._clock, self._after_s = clock, after_s
        self._renewed_s: float | None = None

    def renew(self) -> None:
        self._renewed_s = self._clock.monotonic()

    def serials(self) -> set[str]:
        age_s = -1 if self._renewed_s is None else self._clock.monotonic() - self._renewed_s
        return {f"{'new' if age_s >= after else 'old'}-{i}" for i, after in enumerate(self._after_s)}


def test_it_waits_for_the_last_server() -> None:
    clock = FakeClock()
    servers = Servers(clock, [0, 10, 300])
    done = rotate_certificates("blue", servers.renew, servers, clock, lambda line: None)
    assert done.before == ["old-0", "old-1", "old-2"]
    assert done.after == ["new-0", "new-1", "new-2"]
    assert done.seconds == 300 + (CALM_ROUNDS - 1) * PAUSE_S


def test_a_server_that_keeps_its_old_one_is_told() -> None:
    clock = FakeClock()
    servers = Servers(clock, [0, 0, DEADLINE_S * 2])
    with pytest.raises(EngineUnavailable, match="still shows its old certificate after 900 s"):
        rotate_certificates("blue", servers.renew, servers, clock, lambda line: None)


def test_one_calm_look_is_not_enough() -> None:
    """A load balancer may deal two looks to the servers that are through."""
    looks = [{"old"}, {"new"}, {"old", "new"}, {"new"}, {"new"}, {"new"}]

    class Dealt:
        def serials(self) -> set[str]:
            return looks.pop(0)

    rotate_certificates("blue", lambda: None, Dealt(), FakeClock(), lambda line: None)
    assert looks == []


def test_an_engine_that_hangs_up_once_is_asked_again() -> None:
    looks = [{"old"}, {"new"}, None, {"new"}, {"new"}, {"new"}]

    class Flaky:
        def serials(self) -> set[str]:
            if found := looks.pop(0):
                return found
            raise EngineUnavailable("hangs up")

    rotate_certificates("blue", lambda: None, Flaky(), FakeClock(), lambda line: None)
    assert looks == []


def test_an_engine_that_stays_away_is_told() -> None:
    looks = [{"old"}]

    class Gone:
        def serials(self) -> set[str]:
            if looks:
                return looks.pop()
            raise EngineUnavailable("does not answer")

    with pytest.raises(EngineUnavailable, match="does not answer"):
        rotate_certificates("blue", lambda: None, Gone(), FakeClock(), lambda line: None)
