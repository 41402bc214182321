"""Images are pushed where the registry lacks them, or refused before anything is touched."""

from __future__ import annotations

import pytest

from sre_cli.errors import Refused
from sre_cli.flows.side_by_side import side_by_side
from sre_cli.flows.supply import Supply
from tests.unit.sre_cli.fakes import FakeRegistry

API, REDIS = ("services", "v1"), ("redis", "v2")


def test_only_what_is_missing_is_pushed() -> None:
    registry = FakeRegistry(held={"redis:v2"}, built={"services:v1", "redis:v2"})
    supply = Supply(registry, [API, REDIS, API])
    assert supply.lacking == [API]
    for image in (API, REDIS):
        supply.provide(image)
    assert registry.pushed == ["services:v1"]


def test_jobs_that_share_an_image_push_it_once() -> None:
    registry = FakeRegistry(built={"services:v1", "redis:v2"})
    supply = Supply(registry, [API, REDIS])
    side_by_side({str(i): lambda i=i: supply.provide((API, REDIS)[i % 2]) for i in range(8)}, lambda _: None)  # type: ignore[misc]
    assert sorted(registry.pushed) == ["redis:v2", "services:v1"]


def test_what_nobody_has_is_refused_before_anything_is_pushed() -> None:
    registry = FakeRegistry(built={"services:v1"})
    with pytest.raises(Refused, match=r"no image redis:v2 in the registry or built here") as caught:
        Supply(registry, [API, REDIS])
    assert (caught.value.hint, registry.pushed) == ("sre images build redis", [])


def test_a_registry_that_wants_a_login_gets_what_is_built_and_is_trusted_with_the_rest() -> None:
    registry = FakeRegistry(built={"services:v1"}, answers=False)
    assert Supply(registry, [API, REDIS]).lacking == [API]
