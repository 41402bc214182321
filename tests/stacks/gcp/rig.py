"""The real Pulumi engine on a project in memory."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra.clouds.gcp.cluster import declare as declare_gcp
from infra.cluster import declare
from infra.identity import Identity
from infra.prices import load_prices
from infra.stack.driver import Driver
from infra.stack.workshop import Workshop
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable
from tests.stacks.aws.interruption import kill_engines
from tests.stacks.gcp.project import Project
from tests.stacks.provider import EmulatedProvider, Properties, attached, serve
from tests.unit.infra.clouds.gcp.plan import PROJECT, SPEC

DEADLINE_S = 20.0


class LosingProject(Project):
    """Kills the engine once so many resources are made, and does nothing more for it."""

    def __init__(self, state: Path):
        super().__init__()
        self._state = state
        self.lost_after: int | None = None
        """None: never."""

    def create(self, kind: str, name: str, inputs: Properties) -> tuple[str, Properties]:
        """Make it, or kill the engine."""
        with self._lock:
            if len(self.objects) == self.lost_after:
                # What was made and Pulumi had no time to write down nobody could find again.
                self._wait_for_state()
                kill_engines()
                raise ConnectionError("the machine is gone")
            return super().create(kind, name, inputs)

    def _wait_for_state(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while self._written() < len(self.objects):
            if time.monotonic() > deadline:
                raise TimeoutError("the engine does not write its state down")
            time.sleep(0.1)

    def _written(self) -> int:
        resources = json.loads(self._state.read_text())["checkpoint"]["latest"]["resources"]
        return sum(one["type"].startswith("gcp:") and "id" in one for one in resources)


class _Gcp:
    """The cloud of the product, but for the questions to this machine."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Nothing is needed."""

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """The product's own declaration."""
        return declare_gcp(spec, prices, identity, PROJECT)


class Rig:
    """One environment in the project; every operation is the product's driver."""

    def __init__(self, folder: Path, project: LosingProject, provider: EmulatedProvider):
        self.project = project
        self.provider = provider
        self._workshop = Workshop(folder, f"file://{folder}", is_online=False)

    def driver(self, spec: ClusterSpec = SPEC) -> Driver:
        """Pulumi on `spec`."""
        return Driver(spec.env, self._workshop, lambda: declare(spec, load_prices("gcp"), _Gcp()))


@contextmanager
def empty_project(folder: Path) -> Iterator[Rig]:
    """A project with nothing in it but a DNS zone."""
    project = LosingProject(folder / ".pulumi" / "stacks" / "sre" / f"{SPEC.env}.json")
    provider = EmulatedProvider(project, "pulumi-gcp")
    with serve(provider) as port, patch.dict(os.environ, attached({"gcp": port})):
        yield Rig(folder, project, provider)
