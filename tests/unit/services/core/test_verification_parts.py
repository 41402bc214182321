"""Three tasks of two images, and what makes a verification fail."""

from __future__ import annotations

import json

import pytest

from services.core import errors as e
from services.core.errors import ServiceError
from services.core.messages import Reply, Status, Task
from services.core.verification_parts import NAME, failure_of, refusal_of, tasks_of

TASK = Task(
    id="v", tenant="t", check=NAME, images={"document": "d", "selfie": "s"}, created_at_s=1, deadline_s=2
)


def failed(check: str, error: ServiceError) -> Reply:
    return Reply.failed(TASK.model_copy(update={"check": check}), error)


def test_the_checks_share_images_and_deadline() -> None:
    tasks = tasks_of(TASK)
    assert {task.check: task.images for task in tasks} == {
        "document-ocr": {"document": "d"},
        "face-match": {"image_a": "d", "image_b": "s"},
        "face-liveness": {"selfie": "s"},
    }
    assert len({task.id for task in tasks} | {"v"}) == 4
    assert {(task.tenant, task.part_of, task.deadline_s) for task in tasks} == {("t", "v", 2)}


def test_a_worker_of_before_reads_what_is_no_part() -> None:
    assert "part_of" not in json.loads(TASK.encode())
    part = tasks_of(TASK)[0]
    assert Task.decode(part.encode()) == part


@pytest.mark.parametrize(
    ("check", "field", "image"),
    [
        ("face-match", "image_a", "document"),
        ("face-match", "image_b", "selfie"),
        ("face-liveness", "selfie", "selfie"),
        ("document-ocr", None, None),
    ],
)
def test_an_error_names_the_image_that_the_caller_sent(check: str, field: str | None, image: str) -> None:
    error = refusal_of(failed(check, e.FaceMissing(image=field)))
    assert error is not None
    assert error.image == image


DONE = Reply(id="1", check="document-ocr", status=Status.DONE, result={})


@pytest.mark.parametrize(
    ("causes", "code"),
    [
        ([], None),
        ([e.FaceMissing()], None),
        ([e.ModelFailed()], "verification-incomplete"),
        ([e.ModelFailed(), e.CheckExpired()], "check-expired"),
        ([e.CheckExpired(), e.ImageCorrupt(image="image_b")], "image-corrupt"),
        ([e.ImageLost(), e.FaceMissing()], "verification-incomplete"),
        ([e.InternalError()], "verification-incomplete"),
    ],
)
def test_what_says_nothing_about_the_images_decides_nothing(
    causes: list[ServiceError], code: str | None
) -> None:
    checks = ("face-liveness", "face-match")
    failure = failure_of(
        [DONE, *(failed(check, cause) for check, cause in zip(checks, causes, strict=False))]
    )
    assert (failure and failure.code) == code
    if failure:
        assert not failure.billable
        assert failure.image == ("selfie" if code == "image-corrupt" else None)
        assert failure.status < 500 or failure.retry_after_s
