"""`python -m tests.unit.services.logged DIRECTORY`: what is printed about requests with a name in them.

A process of its own, for what is configured here stays so.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import structlog

from services import logs, models, wiring
from services.api.app import create_app
from services.core.messages import Record
from services.ports import Ports, Results
from services.settings import Settings
from services.web.health import Health
from services.web.server import listen, serving
from tests.unit.services.rig import Rig
from tests.unit.services.tenancy import CHECK, IMAGE, PATH
from tests.unit.services.traced import NAME, Reader

SENT = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "X-Api-Key": "ekyc_secret"}
FILES = dict.fromkeys(("image_a", "image_b"), (f"{NAME}.png", IMAGE))


class Clumsy:
    """Raises over what it holds when a check is looked up."""

    def __init__(self, results: Results):
        self.create, self.finish, self.claimed = results.create, results.finish, results.claimed
        self.parts, self.open, self.ready, self.close = (
            results.parts,
            results.open,
            results.ready,
            results.close,
        )

    async def get(self, _tenant: str, _task_id: str) -> Record | None:
        raise ValueError(f"not a record: {NAME}")


async def run(directory: Path) -> None:
    logs.configure("debug")
    settings = Settings(auth="off")
    ports = wiring.embedded(settings, directory)
    await ports.results.open()
    for reader in (Reader(), Reader(raises=True)):
        await ask(ports, settings, reader)
    await ports.results.close()
    structlog.get_logger("services").error("no request at all", exc_info=OSError("disk full"))


async def ask(ports: Ports, settings: Settings, reader: Reader) -> None:
    """A check that ends, and a look-up that hits a bug."""
    check = replace(models.find(CHECK), load=lambda _threads, _limits: reader, features=())
    rig, listening = await Rig.start(ports, check), listen("127.0.0.1", 0)
    app = create_app(replace(ports, results=Clumsy(ports.results)), Health({}), settings)
    async with serving(app, listening), httpx.AsyncClient(base_url=_url(listening), headers=SENT) as client:
        answer = await client.post(PATH, files=FILES)
        await client.get(f"/v1/checks/{answer.json()['id']}")
        await client.post(PATH, files={"image_a": (f"{NAME}.png", NAME.encode())})
    await rig.drain()


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
