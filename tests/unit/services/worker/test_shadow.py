"""A candidate is compared, never heard, and whatever it does the answers are as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from services.core.feedback import Truths
from services.core.images import Limits
from services.core.messages import Status
from services.core.shadow import Seen
from services.models import Check
from services.ports import Ports
from services.worker.shadow import REST_S, Shadow
from services.worker.understudy import Understudy
from tests.faces import face_pairs
from tests.unit.services.corpus import drawing, encoded
from tests.unit.services.rig import CHECK, FakeClock, Rig, StubModel, stub_check, until

MODULE = "tests.unit.services.worker.candidates"
PATIENCE_S = 120
"""A busy machine takes long to start a process."""
KINDS = ("same", "different", "failed", "skipped")


def counted() -> dict[str, float]:
    return {
        kind: REGISTRY.get_sample_value("ekyc_shadow_total", {"check": CHECK, "agreement": kind}) or 0.0
        for kind in KINDS
    }


class Stage:
    """A worker with a candidate; says what was counted since it was made."""

    def __init__(self, rig: Rig, understudy: Understudy):
        self.rig, self.understudy, self._before = rig, understudy, counted()

    def seen(self) -> dict[str, int]:
        return {
            kind: int(now - self._before[kind]) for kind, now in counted().items() if now - self._before[kind]
        }

    async def plays(self, image: str, kind: str) -> None:
        """The image is answered as ever, and counted as `kind`."""
        before = self.seen().get(kind, 0)
        (task_id,) = await self.rig.send(image)
        assert (await self.rig.reply(task_id)).result == {"seen": image}
        await until(lambda: self.seen().get(kind, 0) == before + 1, within_s=PATIENCE_S)


def pretended(model: StubModel) -> Check:
    return replace(stub_check(model), truths=Truths(lambda result: result["seen"]))


async def staged(
    ports: Ports, model: StubModel, module: str = MODULE, share: float = 1.0, within_s: float = PATIENCE_S
) -> Stage:
    understudy = Understudy(module, CHECK, Limits())
    shadow = Shadow(pretended(model), understudy, share, ports.clock, within_s)
    return Stage(await Rig.start(ports, pretended(model), shadow=shadow), understudy)


@pytest.fixture
async def stage(ports: Ports, model: StubModel) -> AsyncIterator[Stage]:
    stage = await staged(ports, model)
    yield stage
    model.free.set()
    await stage.rig.drain()


async def test_it_is_compared_and_survives_what_it_prints(stage: Stage) -> None:
    await stage.plays("hello", "same")
    await stage.plays("differs", "different")
    (refused,) = await stage.rig.send("empty")
    assert (await stage.rig.reply(refused)).status is Status.FAILED
    await until(lambda: stage.seen() == {"same": 2, "different": 1})


async def test_it_never_gets_the_workers_settings(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EKYC_SEALING_KEYS", "secret")
    (task_id,) = await stage.rig.send("settings")
    await stage.rig.reply(task_id)
    await until(lambda: stage.seen() == {"different": 1}, within_s=PATIENCE_S)
    assert await stage.understudy.ask({"image": b"settings"}) == Seen({"seen": "[]"})


@pytest.mark.parametrize("image", ["dies", "raises", "rambles"])
async def test_what_it_does_is_its_own(stage: Stage, image: str) -> None:
    await stage.plays("hello", "same")
    await stage.plays(image, "failed")


async def test_after_a_failure_it_rests_and_comes_again(stage: Stage, clock: FakeClock) -> None:
    await stage.plays("dies", "failed")
    await stage.plays("hello", "skipped")
    clock.now_s += REST_S
    await stage.plays("hello", "same")


async def test_one_that_hangs_is_ended_in_time(ports: Ports, model: StubModel) -> None:
    stage = await staged(ports, model, within_s=0.2)
    await stage.plays("hangs", "failed")
    await stage.rig.drain()


async def test_one_that_hangs_holds_up_no_answer_and_no_end(stage: Stage) -> None:
    (hanging,) = await stage.rig.send("hangs")
    await stage.rig.reply(hanging)
    await stage.plays("hello", "skipped")
    await asyncio.wait_for(stage.rig.drain(), 5)
    assert stage.seen() == {"skipped": 1}


async def test_it_is_skipped_while_another_task_is_in_hand(stage: Stage, model: StubModel) -> None:
    model.free.clear()
    (first,) = await stage.rig.send("first")
    await until(lambda: bool(model.batches))
    (second,) = await stage.rig.send("second")
    await asyncio.sleep(0.05)
    model.free.set()
    await stage.rig.reply(first)
    await stage.rig.reply(second)
    await until(lambda: stage.seen() == {"skipped": 1, "same": 1}, within_s=PATIENCE_S)


@pytest.mark.parametrize("module", ["no.such.module", "services.models.face_match", "json"])
async def test_one_that_is_none_is_counted(ports: Ports, model: StubModel, module: str) -> None:
    stage = await staged(ports, model, module)
    await stage.plays("hello", "failed")
    await stage.rig.drain()


async def test_of_no_share_it_sees_nothing(ports: Ports, model: StubModel) -> None:
    stage = await staged(ports, model, share=0)
    (task_id,) = await stage.rig.send("hello")
    await stage.rig.reply(task_id)
    await stage.rig.drain()
    assert stage.seen() == {}


async def test_a_real_model_is_a_candidate_as_it_is() -> None:
    understudy = Understudy("services.models.face_match", "face-match", Limits())
    noise = encoded(drawing((200, 200)), "PNG")
    assert await understudy.ask({"image_a": noise, "image_b": noise}) == Seen(refusal="no-face")
    pair = face_pairs()[0]
    seen = await understudy.ask({"image_a": pair.a.read_bytes(), "image_b": pair.b.read_bytes()})
    assert (seen.result or {})["match"] == pair.same
    await understudy.close()
