"""Chores are found by their files, repeated, and outlive their failures."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from services import chores
from services.chores import Chore, expire_images, expire_results, measure_queues
from services.core.conventions import TASK_TTL_MAX_S
from services.core.errors import ModelFailed, StoreUnavailable
from services.core.messages import Reply, Task
from services.core.tenants import LOCAL_ID
from services.ports import Ports, Stores
from tests.unit.services.rig import START_S, TTL_S, FakeClock, queued, until
from tests.unit.services.tenancy import ASYNC, Front


def test_every_file_is_a_chore_of_its_name() -> None:
    assert [chore.name for chore in chores.chores()] == [
        "bring-home",
        "deliver-webhooks",
        "expire-images",
        "expire-results",
        "finish-deletions",
        "forget-deliveries",
        "measure-outbox",
        "measure-queues",
        "reseal",
    ]


async def test_a_chore_is_repeated_and_said_to_fail_once(
    ports: Ports, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, said = 0, []

    async def run(_stores: Stores) -> None:
        nonlocal runs
        runs += 1
        if 2 <= runs <= 4:
            raise StoreUnavailable

    monkeypatch.setattr(chores, "chores", lambda: [Chore("stub", every_s=30, run=run)])
    for level in ("warning", "info"):
        monkeypatch.setattr(chores.log, level, lambda event, **_: said.append(event))
    began_s = clock.now()
    keeping = asyncio.create_task(chores.keep_house(ports))
    await until(lambda: runs >= 6)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    assert said == ["chore fails", "chore works again"]
    assert REGISTRY.get_sample_value("ekyc_chore_runs_total", {"chore": "stub", "outcome": "failed"}) == 3
    done_at = REGISTRY.get_sample_value("ekyc_chore_last_success_timestamp_seconds", {"chore": "stub"})
    assert done_at is not None
    assert done_at >= began_s + 4 * 30


async def test_a_queue_is_as_old_as_its_oldest_check(ports: Ports, clock: FakeClock) -> None:
    """Without a worker too; one that is answered, or that nobody waits for any more, does not count."""

    async def age_s(after_s: float) -> float | None:
        clock.now_s += after_s
        await measure_queues.CHORE.run(ports)
        return REGISTRY.get_sample_value("ekyc_queue_age_seconds", {"check": "face-match"})

    def task(task_id: str) -> Task:
        now_s = clock.now()
        return Task(id=task_id, check="face-match", images={}, created_at_s=now_s, deadline_s=now_s + TTL_S)

    assert await age_s(0) == 0
    await ports.results.create(task("first"))
    assert await age_s(10) == 10
    await ports.results.create(task("second"))
    assert await age_s(10) == 20
    await ports.results.finish(Reply.failed(task("first"), ModelFailed()))
    assert await age_s(10) == 20
    assert await age_s(TTL_S) == 0


async def test_images_that_nobody_came_for_expire(ports: Ports, clock: FakeClock) -> None:
    await ports.objects.put({"check/1/a": b"a"})
    clock.now_s = time.time() + TASK_TTL_MAX_S
    await expire_images.CHORE.run(ports)
    assert await ports.objects.get(["check/1/a"]) == {"check/1/a": b"a"}
    clock.now_s += 2 * expire_images.SPARE_S
    await expire_images.CHORE.run(ports)
    assert await ports.objects.get(["check/1/a"]) == {}


async def test_results_go_after_their_tenants_time(shop: Front) -> None:
    """The administration says how long; what is nobody's is kept for the default time."""
    days = {"short": 2, "long": 90}
    headers = {name: await shop.tenant(name, retention_days=kept) for name, kept in days.items()}
    paths = {}
    for name in days:
        paths[name] = f"/v1/checks/{(await shop.post(headers[name], ASYNC)).json()['id']}"
        await shop.worked()
    local = await queued(shop.ports, "image")
    for after_days, left in ((1, {"short", "long", "local"}), (2, {"long", "local"}), (31, {"long"})):
        shop.clock.now_s = START_S + after_days * expire_results.DAY_S + 1
        await expire_results.CHORE.run(shop.ports)
        found = {
            name for name in days if (await shop.client.get(paths[name], headers=headers[name])).is_success
        }
        found |= {"local"} if await shop.ports.results.get(LOCAL_ID, local.id) else set()
        assert found == left
    assert (await shop.client.get(paths["short"], headers=headers["short"])).status_code == 404
