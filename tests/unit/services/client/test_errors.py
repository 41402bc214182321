"""Every error of the API, read by the client as it is written by the API."""

from __future__ import annotations

import copy

import httpx
import pytest

from services.api.problems import problem_response
from services.client import (
    EkycError,
    ImageRefused,
    NotAuthenticated,
    NotFound,
    RateLimited,
    RequestRefused,
    ServiceFailed,
    Unavailable,
)
from services.client.answers import read_error
from services.core.errors import BY_CODE, ServiceError

ALL = list(BY_CODE.values())


def read(error: ServiceError, check_id: str | None = None) -> EkycError:
    said = problem_response(error, check_id)
    return read_error(httpx.Response(said.status_code, headers=dict(said.headers), content=bytes(said.body)))


@pytest.mark.parametrize("cause", ALL, ids=lambda cause: cause.code)
def test_everything_that_was_said_arrives(cause: type[ServiceError]) -> None:
    error = read(cause("In detail", image="selfie"), check_id="c")
    assert (error.code, error.status, error.billable) == (cause.code, cause.status, cause.billable)
    assert (error.detail, error.image, error.check_id) == ("In detail", "selfie", "c")
    assert error.retry_after_s == cause.retry_after_s
    assert copy.copy(error).problem == error.problem  # as pickle does it, between processes


@pytest.mark.parametrize("cause", ALL, ids=lambda cause: cause.code)
def test_a_family_says_what_to_do(cause: type[ServiceError]) -> None:
    is_of_an_image = cause.billable or cause.code.startswith("image-")
    error = read(cause(image="selfie" if is_of_an_image else None))
    if cause.status >= 500:
        assert isinstance(error, ServiceFailed)
        assert isinstance(error, Unavailable) == (cause.status > 500)
    elif cause.status == 429:
        assert type(error) is RateLimited
    elif cause.status in {401, 404, 410}:
        assert type(error) is (NotAuthenticated if cause.status == 401 else NotFound)
    else:
        assert type(error) is (ImageRefused if is_of_an_image else RequestRefused)


def test_what_a_model_said_is_about_the_image_even_if_it_names_none() -> None:
    assert type(read(BY_CODE["no-face"]())) is ImageRefused


def test_repr_shows_no_words() -> None:
    error = read(BY_CODE["no-face"]("Jane Doe has no face", image="selfie"), "c1")
    assert repr(error) == "ImageRefused('no-face', status=422, image='selfie', check_id='c1')"
    assert str(error) == "no-face: Jane Doe has no face"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"code": 5}', b'{"detail": "no code"}'])
def test_a_body_that_is_no_problem_leaves_the_status(body: bytes) -> None:
    error = read_error(httpx.Response(503, content=body))
    assert (type(error), error.code, error.detail) == (Unavailable, "http-503", "Service Unavailable")
