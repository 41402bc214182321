"""What every object store promises."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.adapters.objects import ObstoreObjects
from services.core.errors import StoreUnavailable
from services.ports import ObjectStore


async def test_what_is_put_can_be_fetched_until_it_is_deleted(objects: ObjectStore) -> None:
    a, b, other = (f"test/{uuid4().hex}/{name}" for name in ("a", "b", "other"))
    await objects.put({a: b"\0" * 3_000_000, b: b"small"})
    assert await objects.get([a, b, other]) == {a: b"\0" * 3_000_000, b: b"small"}
    await objects.delete([a, other])
    await objects.delete([a])
    assert await objects.get([a, b]) == {b: b"small"}
    await objects.delete([b])


async def test_a_store_that_answers_is_ready(objects: ObjectStore) -> None:
    await objects.open()
    await objects.ready()
    await objects.close()


async def test_a_store_that_is_away_says_so() -> None:
    away = ObstoreObjects.at(
        "s3://bucket", endpoint="http://127.0.0.1:9", access_key="k", secret_key="s", region="us-east-1"
    )
    for operation in (away.ready(), away.put({"a": b""}), away.get(["a"]), away.delete(["a"])):
        with pytest.raises(StoreUnavailable):
            await operation


@pytest.mark.parametrize("url", ["", "bucket", "gs://bucket", "s3://", "file:"])
def test_another_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be s3"):
        ObstoreObjects.at(url, endpoint=None, access_key="", secret_key="", region="")
