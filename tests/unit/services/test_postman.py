"""Delivering: signed, tried again, given up, and nobody held up by somebody else's endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services import postman
from services.chores import deliver_webhooks, forget_deliveries, measure_outbox
from services.client import verify_webhook
from services.core.errors import ResultsUnavailable, SealBroken
from services.core.events import TYPES, of_test
from services.core.webhooks import (
    KEPT_S,
    RETRY_AFTER_S,
    DeliveryState,
    Endpoint,
    Secret,
    Undelivered,
    new_secret,
)
from services.ports import Ports
from services.postman import LEASE_S, OF_ONE_ENDPOINT, Postman
from tests.unit.services.rig import FakeClock, until


@dataclass
class Hooks:
    """Every endpoint there is, by its URL: a courier that leaves the machine out."""

    answers: dict[str, int | str | asyncio.Event] = field(default_factory=dict)
    """A status, a reason, or a moment that it waits for before it says 200."""
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.heard.append((url, dict(headers), body))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(self.answers.get(url, 200))
        finally:
            self.at_once -= 1

    async def _answer(self, answer: int | str | asyncio.Event) -> int:
        await asyncio.sleep(0)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return 200
        if isinstance(answer, str):
            raise Undelivered(answer)
        return answer

    def to(self, url: str) -> int:
        return sum(one[0] == url for one in self.heard)


@dataclass
class Round:
    """What these tests hold on to."""

    ports: Ports
    hooks: Hooks
    clock: FakeClock

    async def endpoint(self, name: str) -> Endpoint:
        endpoint = Endpoint(
            id=name.ljust(16, "0"), tenant_id=f"tenant-{name}", url=f"https://{name}/?key=hunter2",
            events=list(TYPES), created_at_s=self.clock.now(),
        )  # fmt: skip
        assert await self.ports.webhooks.add(endpoint, [new_secret()])
        return endpoint

    async def put(self, endpoint: Endpoint, count: int = 1) -> None:
        for number in range(count):
            event = of_test(endpoint.id, str(number), self.clock.now())
            await self.ports.outbox.put(endpoint, event)

    async def run(self) -> None:
        await deliver_webhooks.CHORE.run(self.ports)

    async def states(self, endpoint: Endpoint) -> list[DeliveryState]:
        return [one.state for one in await self.ports.outbox.page(endpoint.id, 99)]


@pytest.fixture
def round_(ports: Ports, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Round:
    monkeypatch.setattr(postman, "LOOK_EVERY_S", 0.01)
    hooks = Hooks()
    return Round(replace(ports, courier=hooks), hooks, clock)


def delivered(outcome: str) -> float:
    return REGISTRY.get_sample_value("ekyc_webhook_deliveries_total", {"outcome": outcome}) or 0


async def test_what_arrives_is_believed(round_: Round) -> None:
    endpoint, before = await round_.endpoint("a"), delivered("delivered")
    await round_.put(endpoint)
    await round_.run()
    ((url, headers, body),) = round_.hooks.heard
    (secret,) = await round_.ports.webhooks.secrets(endpoint.id)
    said = verify_webhook(body, headers, secret.text, now=round_.clock.now)
    assert (url, said["type"]) == (endpoint.url, "webhook.test")
    (one,) = await round_.ports.outbox.page(endpoint.id, 9)
    assert (one.state, one.id, one.attempts[0].status) == ("delivered", headers["webhook-id"], 200)
    assert delivered("delivered") == before + 1


async def test_a_failure_comes_again_until_it_is_given_up(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    round_.hooks.answers[endpoint.url] = 500
    await round_.put(endpoint)
    for pause_s in RETRY_AFTER_S:
        await round_.run()
        (one,) = await round_.ports.outbox.page(endpoint.id, 9)
        wait_s = one.next_at_s - round_.clock.now_s
        assert pause_s <= wait_s <= pause_s * 1.2
        round_.clock.now_s += wait_s
    await round_.run()
    assert await round_.states(endpoint) == ["dead"]
    assert len({headers["webhook-id"] for _, headers, _ in round_.hooks.heard}) == 1
    assert len(round_.hooks.heard) == len(RETRY_AFTER_S) + 1


async def test_an_endpoint_that_is_gone_is_switched_off(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    await round_.put(endpoint, 3)
    round_.hooks.answers[endpoint.url] = 410
    await round_.run()
    found = await round_.ports.webhooks.find(endpoint.id)
    assert found is not None
    assert (found.disabled_because, set(await round_.states(endpoint))) == ("gone", {"dead"})


async def test_a_slow_endpoint_holds_up_nobody_else(round_: Round) -> None:
    """It is given so many at a time, and whoever else comes, even later, is served at once."""
    slow, quick, late = [await round_.endpoint(name) for name in ("slow", "quick", "late")]
    free = round_.hooks.answers[slow.url] = asyncio.Event()
    await round_.put(slow, 3 * OF_ONE_ENDPOINT)
    await round_.put(quick, 2 * OF_ONE_ENDPOINT)
    running = asyncio.create_task(round_.run())
    await until(lambda: round_.hooks.to(quick.url) == 2 * OF_ONE_ENDPOINT)
    await round_.put(late)
    await until(lambda: round_.hooks.to(late.url) == 1)
    assert round_.hooks.to(slow.url) < 2 * OF_ONE_ENDPOINT
    assert isinstance(free, asyncio.Event)
    free.set()
    await asyncio.wait_for(running, 10)
    assert set(await round_.states(slow)) == {"delivered"}


async def test_two_janitors_send_nothing_twice(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    await round_.put(endpoint, 20)
    await asyncio.gather(round_.run(), round_.run())
    assert len({headers["webhook-id"] for _, headers, _ in round_.hooks.heard}) == 20
    assert len(round_.hooks.heard) == 20


async def test_what_a_dead_janitor_had_is_sent_by_another(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    round_.hooks.answers[endpoint.url] = asyncio.Event()
    await round_.put(endpoint)
    dying = asyncio.create_task(round_.run())
    await until(lambda: round_.hooks.to(endpoint.url) == 1)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    round_.hooks.answers[endpoint.url] = 200
    await round_.run()
    assert await round_.states(endpoint) == ["pending"]
    round_.clock.now_s += LEASE_S
    await round_.run()
    assert await round_.states(endpoint) == ["delivered"]


async def test_an_endpoint_without_readable_secrets_holds_up_nobody(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = await round_.endpoint("b"), await round_.endpoint("f")
    secrets = round_.ports.webhooks.secrets

    async def damaged(webhook_id: str) -> list[Secret]:
        if webhook_id == broken.id:
            raise SealBroken
        return await secrets(webhook_id)

    monkeypatch.setattr(round_.ports.webhooks, "secrets", damaged)
    await round_.put(broken)
    await round_.put(fine)
    await round_.run()
    (one,) = await round_.ports.outbox.page(broken.id, 9)
    assert [try_.error for try_ in one.attempts] == ["seal-broken"]
    assert await round_.states(fine) == ["delivered"]


async def test_nothing_secret_is_logged(round_: Round, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = await round_.endpoint("a")
    for answer in (200, 500, 410, "timeout"):
        round_.hooks.answers[endpoint.url] = answer
        await round_.put(endpoint)
        await round_.run()
        await round_.ports.webhooks.remove(endpoint)
        await round_.endpoint("a")
    printed = "".join(capsys.readouterr())
    assert "webhook" in printed
    assert "hunter2" not in printed
    assert "whsec_" not in printed


async def test_a_database_that_goes_away_ends_the_round(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await round_.endpoint("a")
    await round_.put(endpoint)

    async def away(*_: Any) -> bool:
        raise ResultsUnavailable

    monkeypatch.setattr(round_.ports.outbox, "record", away)
    with pytest.raises(ResultsUnavailable):
        await Postman(round_.ports).run()


async def test_the_backlog_is_a_metric(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    await round_.put(endpoint, 2)
    round_.clock.now_s += 40
    await measure_outbox.CHORE.run(round_.ports)
    assert REGISTRY.get_sample_value("ekyc_webhook_backlog_deliveries") == 2
    assert REGISTRY.get_sample_value("ekyc_webhook_overdue_seconds") == 40


async def test_after_a_month_it_is_forgotten(round_: Round) -> None:
    endpoint = await round_.endpoint("a")
    await round_.put(endpoint)
    round_.clock.now_s += KEPT_S
    await forget_deliveries.CHORE.run(round_.ports)
    assert len(await round_.states(endpoint)) == 1
    round_.clock.now_s += 1
    await forget_deliveries.CHORE.run(round_.ports)
    assert await round_.states(endpoint) == []
