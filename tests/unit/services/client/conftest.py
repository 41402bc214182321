"""Both clients, one after the other."""

from __future__ import annotations

import pytest

from tests.unit.services.client.misbehaving import Shell


@pytest.fixture(params=["blocking", "asyncio"])
def shell(request: pytest.FixtureRequest) -> Shell:
    return Shell(request.param)
