"""What every object store promises."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest

from services.adapters import reconciler
from services.adapters.clock import SystemClock
from services.adapters.fallback_objects import FallbackObjects
from services.adapters.objects import ObstoreObjects
from services.core.errors import StoreUnavailable
from services.ports import Bucket, ObjectStore
from tests.ports.conftest import bucket_at

AWAY = "s3://bucket", "http://127.0.0.1:9", "k", "s"
OF_A_STORE_S = 2
"""S3 tells times in whole seconds."""


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


async def test_a_bucket_says_what_it_holds_and_since_when(buckets: tuple[Bucket, Bucket]) -> None:
    for bucket in buckets:
        folder = f"test/{uuid4().hex}"
        names = [f"{folder}/{number}" for number in range(3)]
        began_s = time.time()
        await bucket.put(dict.fromkeys(names, b""))
        stored_s = await bucket.stored_s([*names, f"{folder}/other"])
        assert stored_s.keys() == set(names)
        assert all(abs(one - began_s) < OF_A_STORE_S for one in stored_s.values())
        assert [page async for page in bucket.pages(folder)] == [stored_s]
        assert [page async for page in bucket.pages(f"{folder}-none")] == []
        await bucket.delete(names)
        assert await bucket.stored_s(names) == {}


async def test_what_is_old_expires(tmp_path: Path) -> None:
    bucket = bucket_at(tmp_path.as_uri())
    await bucket.put({"a": b""})
    await bucket.expire(time.time() - OF_A_STORE_S)
    assert await bucket.get(["a"]) == {"a": b""}
    await bucket.expire(time.time() + OF_A_STORE_S)
    assert await bucket.get(["a"]) == {}


async def test_the_fallback_steps_in_and_what_it_took_comes_home(
    buckets: tuple[Bucket, Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    primary, fallback = buckets
    kept, deleted = (f"test/{uuid4().hex}/{name}" for name in ("kept", "deleted"))
    outage = FallbackObjects(bucket_at(*AWAY), fallback, SystemClock())
    await outage.put({kept: b"kept", deleted: b"deleted"})
    await outage.delete([deleted])
    assert await outage.get([kept]) == {kept: b"kept"}
    assert await outage.ready() == "degraded: the primary store is away"
    with pytest.raises(StoreUnavailable):
        await outage.get([kept, deleted])
    await outage.close()

    both = FallbackObjects(primary, fallback, SystemClock())
    await both.reconcile()
    assert await primary.get([kept, deleted]) == {kept: b"kept"}
    monkeypatch.setattr(reconciler, "GRACE_S", -OF_A_STORE_S)
    await both.reconcile()
    assert await fallback.get([kept, deleted]) == {}
    assert deleted not in " ".join([key async for page in fallback.pages() for key in page])
    await both.delete([kept])
    assert await both.get([kept]) == {}
    await both.close()


async def test_a_store_that_is_away_says_so() -> None:
    away = bucket_at(*AWAY)
    for operation in (
        away.ready(),
        away.put({"a": b""}),
        away.get(["a"]),
        away.delete(["a"]),
        away.stored_s(["a"]),
        away.expire(0),
    ):
        with pytest.raises(StoreUnavailable):
            await operation


@pytest.mark.parametrize("url", ["", "bucket", "gs://bucket", "s3://", "file:"])
def test_another_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be s3"):
        ObstoreObjects.at(url, endpoint=None, access_key="", secret_key="", region="")
