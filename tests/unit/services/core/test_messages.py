"""Messages survive the wire, and nothing else does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BY_CODE, CheckExpired, FaceMissing, InternalError, ServiceError
from services.core.messages import MessageUnreadable, Reply, Status, Task
from services.core.tenants import LOCAL_ID

TASK = Task(id="1", check="face-match", images={"a": "k"}, created_at_s=1, deadline_s=2)


def test_a_task_comes_back_as_it_was() -> None:
    assert Task.decode(TASK.encode()) == TASK


def test_a_task_of_before_there_were_tenants_is_the_tenant_locals() -> None:
    older = {name: value for name, value in json.loads(TASK.encode()).items() if name != "tenant"}
    assert Task.decode(json.dumps(older).encode()).tenant == LOCAL_ID


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"{}", TASK.encode().replace(b'"version":1', b'"version":2'), TASK.encode()[:-1]],
)
def test_another_version_or_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(MessageUnreadable):
        Task.decode(body)


def test_an_unknown_key_is_unreadable_because_it_may_change_the_meaning() -> None:
    body = json.dumps(json.loads(TASK.encode()) | {"dry_run": True}).encode()
    with pytest.raises(MessageUnreadable):
        Task.decode(body)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else(body: bytes) -> None:
    with pytest.raises(MessageUnreadable):
        Reply.decode(body)


def test_a_task_expires_at_its_deadline() -> None:
    assert not TASK.expired(1.99)
    assert TASK.expired(2)


@pytest.mark.parametrize("cause", BY_CODE.values())
def test_every_error_survives_a_reply(cause: type[ServiceError]) -> None:
    reply = Reply.decode(Reply.failed(TASK, cause("why", image="image_a")).encode())
    assert reply.error is not None
    restored = ServiceError.from_dict(reply.error)
    assert (type(restored), restored.detail, restored.image) == (cause, "why", "image_a")


def test_an_error_of_a_newer_version_is_an_internal_one() -> None:
    assert ServiceError.from_dict({"code": "of-tomorrow", "detail": "d"}).code == InternalError.code


def test_only_the_deadline_makes_a_check_expired() -> None:
    assert Reply.failed(TASK, CheckExpired()).status is Status.EXPIRED
    assert Reply.failed(TASK, FaceMissing()).status is Status.FAILED


def test_every_error_has_its_own_code_and_a_status_of_an_error() -> None:
    causes = ServiceError.__subclasses__()
    assert len({cause.code for cause in causes}) == len(causes)
    assert all(400 <= cause.status < 600 for cause in causes)


def test_nothing_that_is_our_fault_is_billable() -> None:
    assert not [cause for cause in ServiceError.__subclasses__() if cause.billable and cause.status >= 500]
