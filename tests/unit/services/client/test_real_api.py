"""Both clients against the real API: in this event loop, and as a process with the real models."""

from __future__ import annotations

import asyncio
import doctest
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services import client as package
from services import probe
from services.client import AsyncEkycClient, EkycClient, ImageRefused, NotFound, RequestRefused
from services.core.errors import FaceMissing
from services.core.messages import Reply, Task
from services.ports import Ports
from sre_cli.core.pairs import Pair
from tests.faces import face_pairs
from tests.unit.services.api.test_checks_api import FILES, answered


@pytest.fixture
async def ekyc(client: httpx.AsyncClient, ports: Ports) -> AsyncIterator[AsyncEkycClient]:
    """A client of the API in this loop: while it sleeps, a worker does the next task."""

    async def sleep(_seconds: float) -> None:
        await answered(ports)

    async with AsyncEkycClient("http://api", http=client, sleep=sleep) as ekyc:
        yield ekyc
    assert not client.is_closed  # it is the caller's


async def test_a_check_is_accepted_looked_up_and_waited_for(ekyc: AsyncEkycClient) -> None:
    check = await ekyc.check("face-match", FILES, dict, prefer_async=True)
    assert not check.is_done
    assert (await ekyc.get_check(check.id)).id == check.id
    done = await ekyc.wait(check)
    assert (done.id, done.result) == (check.id, {"score": 1.0})


async def test_a_check_that_is_held_too_long_is_looked_up(ekyc: AsyncEkycClient) -> None:
    check = await ekyc.check("face-match", FILES, dict, wait_s=0)
    assert check.result == {"score": 1.0}


async def test_what_the_model_says_against_an_image_is_raised(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    async def sleep(_seconds: float) -> None:
        delivery = await (await ports.broker.consume("face-match", 1)).take()
        assert delivery is not None
        await ports.results.finish(Reply.failed(Task.decode(delivery.body), FaceMissing(image="image_b")))

    ekyc = AsyncEkycClient("http://api", http=client, sleep=sleep)
    check = await ekyc.face_match(*FILES.values(), prefer_async=True)
    with pytest.raises(ImageRefused) as raised:
        await ekyc.wait(check)
    error = raised.value
    assert (error.code, error.image, error.billable, error.check_id) == ("no-face", "image_b", True, check.id)


async def test_what_the_api_refuses_is_raised(ekyc: AsyncEkycClient) -> None:
    with pytest.raises(NotFound, match="check-not-found"):
        await ekyc.get_check("0" * 32)
    with pytest.raises(NotFound, match="not-found"):
        await ekyc.check("palm-reading", FILES, dict)
    with pytest.raises(RequestRefused, match="part-unexpected"):
        await ekyc.check("face-match", FILES | {"image_c": b"x"}, dict)
    with pytest.raises(ImageRefused, match="image-empty") as raised:
        await ekyc.face_match(FILES["image_a"], b"")
    assert raised.value.image == "image_b"


@pytest.fixture(scope="module")
def pair() -> Pair:
    """Two photographs of one person."""
    return next(pair for pair in face_pairs() if pair.same)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running `python -m services embedded`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    env = {name: value for name, value in os.environ.items() if not name.startswith("EKYC_")}
    env |= {"PORT": str(port), "EKYC_DATA_DIR": str(tmp_path_factory.mktemp("data")), "EKYC_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "embedded"], env=env, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not probe.ready("127.0.0.1", port) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_the_examples_of_the_package_run(url: str, pair: Pair) -> None:
    words = {"url": url, "api_key": None, "selfie": pair.a, "portrait": str(pair.b)}
    (example,) = doctest.DocTestFinder(recurse=False).find(package, globs=words)
    runner = doctest.DocTestRunner()
    said: list[str] = []
    failed, ran = runner.run(example, out=said.append)
    assert (failed, ran > 9) == (0, True), "".join(said)


def test_a_blocking_client_has_typed_results(url: str, pair: Pair) -> None:
    with EkycClient(url) as ekyc, pair.b.open("rb") as portrait:
        check = ekyc.face_match(pair.a.read_bytes(), portrait)
        assert check.result.faces["image_a"].count >= 1
        assert check.result.score >= check.result.threshold
        assert ekyc.get_check(check.id).result == check.result


async def test_many_checks_at_once(url: str, pair: Pair) -> None:
    async with AsyncEkycClient(url) as ekyc:
        checks = await asyncio.gather(*(ekyc.face_match(pair.a, pair.a) for _ in range(3)))
    assert all(check.result.same_picture for check in checks)
    assert len({check.id for check in checks}) == 3
