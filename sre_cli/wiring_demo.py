"""Builds the adapters of the demo, which runs without any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sre_cli.wiring import need_modules

if TYPE_CHECKING:
    from sre_cli.core.demo import DemoReport
    from sre_cli.core.pairs import Pair
    from sre_cli.flows.demo import Demo

EXTRAS = ("locust", "matplotlib", "psutil", "uvicorn", "cv2")
"""Modules that only the extras `services` and `load` bring."""


@contextmanager
def demo_on_embedded_service(port: int, say: Callable[[str], None]) -> Iterator[Demo]:
    """The demo flow, on a service that runs here until the block ends."""
    from sre_cli.adapters.embedded_service import embedded_service
    from sre_cli.adapters.locust_load import LocustLoadGenerator
    from sre_cli.flows.demo import Demo

    with embedded_service(port, say) as service:
        yield Demo(service, service, LocustLoadGenerator(), say)


def sample_pairs(folder: Path | None, say: Callable[[str], None]) -> list[Pair]:
    """Pairs of face images: of `folder`, or of public portraits that are downloaded once."""
    from sre_cli.adapters.sample_images import fetch_portraits, load_pairs
    from sre_cli.specs.paths import cache_dir

    say("sample images")
    return load_pairs(folder) if folder else fetch_portraits(cache_dir() / "images")


def prepare_demo_report(path: Path) -> None:
    """Make the report's folder. Raises UsageError: when nothing can be written there, or drawn at all."""
    need_modules(EXTRAS, "services,load")
    from sre_cli.adapters.demo_report import prepare_place

    prepare_place(path)


def write_demo_report(report: DemoReport, path: Path) -> None:
    """The demo's HTML report."""
    from sre_cli.adapters.demo_report import write_report

    write_report(report, path)


def usable_cores() -> int:
    """Cores that this process may use."""
    from sre_cli.adapters.machine import usable_cores

    return usable_cores()


def machine_facts() -> dict[str, str]:
    """This machine, as far as a measurement depends on it."""
    from sre_cli.adapters.machine import machine_facts

    return machine_facts()
