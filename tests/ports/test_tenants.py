"""What every table of tenants and usage promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.adapters.sql import Database, SqlResults, SqlTenants, SqlUsage
from services.core.errors import CheckExpired, FaceMissing, ResultsUnavailable, ServiceError
from services.core.idempotency import Claim
from services.core.messages import Reply, Status, Task
from services.core.tenants import LOCAL_ID, Tenant, issue_key, new_tenant
from services.core.usage import UsageLine
from tests.ports.conftest import SEALER

NOVEMBER_S = 1_795_000_000.0
"""2026-11-18."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def tenants(database: Database) -> SqlTenants:
    return SqlTenants(database)


@pytest.fixture
def results(database: Database) -> SqlResults:
    return SqlResults(database, SEALER)


@pytest.fixture
def usage(database: Database) -> SqlUsage:
    return SqlUsage(database)


@pytest.fixture
async def tenant(tenants: SqlTenants) -> Tenant:
    tenant = new_tenant(f"t-{uuid4().hex}", "standard", NOVEMBER_S)
    assert await tenants.create(tenant)
    return tenant


def new_task(tenant: Tenant, at_s: float = NOVEMBER_S) -> Task:
    return Task(
        id=uuid4().hex,
        tenant=tenant.id,
        check="face-match",
        images={},
        created_at_s=at_s,
        deadline_s=at_s + 60,
    )


def done(task: Task) -> Reply:
    return Reply(id=task.id, check=task.check, status=Status.DONE, result={})


async def test_a_tenant_is_found_by_its_name_and_changed(tenants: SqlTenants, tenant: Tenant) -> None:
    assert await tenants.find(tenant.name) == tenant
    assert await tenants.find("nobody") is None
    changed = tenant.model_copy(update={"tier": "premium", "rate_rps": 0.5, "quota_month": None})
    await tenants.change(changed)
    assert changed in await tenants.all()


async def test_a_name_is_given_once(tenants: SqlTenants, tenant: Tenant) -> None:
    twin = new_tenant(tenant.name, "premium", NOVEMBER_S)
    assert not await tenants.create(twin)
    assert await tenants.find(tenant.name) == tenant


async def test_a_key_comes_with_its_tenant(tenants: SqlTenants, tenant: Tenant) -> None:
    key, _ = issue_key(tenant.id, NOVEMBER_S)
    await tenants.save_keys(key)
    assert await tenants.find_key(key.id) == (key, tenant)
    assert await tenants.find_key("0" * 12) is None


async def test_keys_are_changed_together(tenants: SqlTenants, tenant: Tenant) -> None:
    (old, _), (new, _) = issue_key(tenant.id, NOVEMBER_S), issue_key(tenant.id, NOVEMBER_S + 1)
    await tenants.save_keys(old)
    ending = old.model_copy(update={"expires_at_s": NOVEMBER_S + 9, "revoked_at_s": NOVEMBER_S + 5})
    await tenants.save_keys(ending, new)
    assert await tenants.keys(tenant.id) == [ending, new]


async def test_a_check_is_unknown_to_all_others(results: SqlResults, tenant: Tenant) -> None:
    task = new_task(tenant)
    await results.create(task)
    assert await results.get(tenant.id, task.id) is not None
    assert await results.get(LOCAL_ID, task.id) is None


async def test_of_two_requests_with_one_key_one_is_written(results: SqlResults, tenant: Tenant) -> None:
    tasks = [new_task(tenant) for _ in range(8)]
    claims = [Claim("k", str(number)) for number in range(8)]
    won = await asyncio.gather(
        *(results.create(task, claim) for task, claim in zip(tasks, claims, strict=True))
    )
    assert won.count(True) == 1
    found = await results.claimed(tenant.id, "k", 0)
    assert found is not None
    record, request_hash = found
    assert (record.id, request_hash) == (tasks[won.index(True)].id, str(won.index(True)))


async def test_a_key_is_a_tenants_own(results: SqlResults, tenants: SqlTenants, tenant: Tenant) -> None:
    other = new_tenant(f"t-{uuid4().hex}", "standard", NOVEMBER_S)
    assert await results.create(new_task(tenant), Claim("k", "1"))
    assert await results.create(new_task(other), Claim("k", "2"))
    assert await results.claimed(LOCAL_ID, "k", 0) is None


async def test_an_old_key_is_free_again(results: SqlResults, tenant: Tenant) -> None:
    await results.create(new_task(tenant), Claim("k", "1"))
    assert await results.claimed(tenant.id, "k", NOVEMBER_S) is not None
    assert await results.claimed(tenant.id, "k", NOVEMBER_S + 1) is None
    assert await results.create(new_task(tenant, NOVEMBER_S + 1), Claim("k", "2"))


@pytest.mark.parametrize(("error", "is_kept"), [(FaceMissing(), True), (CheckExpired(), False)])
async def test_what_failed_on_our_side_lets_go_of_its_key(
    results: SqlResults, tenant: Tenant, error: ServiceError, is_kept: bool
) -> None:
    task = new_task(tenant)
    await results.create(task, Claim("k", "1"))
    await results.finish(Reply.failed(task, error))
    assert (await results.claimed(tenant.id, "k", 0) is not None) is is_kept


async def test_usage_is_one_record_a_check(results: SqlResults, usage: SqlUsage, tenant: Tenant) -> None:
    finished, refused, expired, pending, next_month = (
        new_task(tenant, NOVEMBER_S + days * 86_400) for days in (0, 0, 0, 0, 20)
    )
    for task in (finished, refused, expired, pending, next_month):
        await results.create(task)
    assert await usage.committed(tenant.id, "2026-11", NOVEMBER_S) == 5
    said = [Reply.failed(refused, FaceMissing()), Reply.failed(expired, CheckExpired())]
    for reply in [
        done(finished),
        done(finished),
        Reply.failed(finished, FaceMissing()),
        *said,
        done(next_month),
    ]:
        await results.finish(reply)
    assert await usage.of_month(tenant.id, "2026-11") == [
        UsageLine(check="face-match", code="check-expired", billable=False, count=1),
        UsageLine(check="face-match", code="done", billable=True, count=1),
        UsageLine(check="face-match", code="no-face", billable=True, count=1),
    ]
    assert await usage.committed(tenant.id, "2026-11", NOVEMBER_S) == 3
    assert await usage.committed(tenant.id, "2026-11", NOVEMBER_S + 3600) == 2
    assert [line.count for line in await usage.of_month(tenant.id, "2026-12")] == [1]


async def test_what_is_part_of_a_verification_is_not_charged_besides(
    results: SqlResults, usage: SqlUsage, tenant: Tenant
) -> None:
    whole = new_task(tenant).model_copy(update={"check": "verification"})
    parts = [new_task(tenant).model_copy(update={"part_of": whole.id}) for _ in range(3)]
    for task in (whole, *parts):
        await results.create(task)
    assert await usage.committed(tenant.id, "2026-11", NOVEMBER_S) == 1
    assert {part.id for part in await results.parts(tenant.id, whole.id)} == {part.id for part in parts}
    assert await results.parts(LOCAL_ID, whole.id) == []
    for part in parts:
        assert await results.finish(done(part)) == done(part)
        assert await results.finish(Reply.failed(part, FaceMissing())) == done(part)
    assert all(part.reply for part in await results.parts(tenant.id, whole.id))
    assert await usage.of_month(tenant.id, "2026-11") == []
    await results.finish(done(whole))
    assert [line.check for line in await usage.of_month(tenant.id, "2026-11")] == ["verification"]


async def test_a_version_without_tenants_runs_on_these_tables(database: Database, usage: SqlUsage) -> None:
    """The statements of the version before, as it sends them: its checks are the tenant `local`'s."""
    before = sa.table(
        "checks", *(sa.column(c) for c in ("id", "name", "status", "created_at_s", "deadline_s"))
    )
    name = f"old-{uuid4().hex}"
    row = {"id": uuid4().hex, "name": name, "status": "pending", "created_at_s": 1.0, "deadline_s": 2.0}
    async with database.transaction() as connection:
        await connection.execute(sa.insert(before).values(row))
    results = SqlResults(database, SEALER)
    record = await results.get(LOCAL_ID, str(row["id"]))
    assert record is not None
    await results.finish(Reply(id=record.id, check=name, status=Status.DONE, result={}))
    assert UsageLine(check=name, code="done", billable=True, count=1) in await usage.of_month(
        LOCAL_ID, "1970-01"
    )


async def test_tables_that_are_away_say_so() -> None:
    away = Database("postgresql+asyncpg://nobody:secret@127.0.0.1:9/none")
    tenants, usage = SqlTenants(away), SqlUsage(away)
    for operation in (tenants.find_key("0"), tenants.all(), usage.of_month("t", "2026-11")):
        with pytest.raises(ResultsUnavailable):
            await operation
