"""What every test shares."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from sre_cli.specs.outputs import Outputs
from tests.engines import Engines, bring_up, engines_of

# A shared machine is slow at times; a property that holds slowly still holds.
settings.register_profile("here", deadline=None)
settings.load_profile("here")


# A shell that starts a job in the background has it ignore interrupts, and so would every process
# that these tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Outputs]:
    """A three-zone cluster of real engines with its data services running."""
    yield from bring_up()


@pytest.fixture(scope="session")
def engines(cluster: Outputs) -> Engines:
    """RabbitMQ, PostgreSQL, Redis and the object store of that cluster."""
    return engines_of(cluster)
