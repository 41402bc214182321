"""Settings come from the environment; a wrong one is a line that names it and tells no secret."""

from __future__ import annotations

import os

import pytest

from services.settings import SettingsError, load, require


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in {"HOST", "PORT"} or name.startswith("EKYC_"):
            monkeypatch.delenv(name)


def test_defaults_suit_a_laptop() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.answer_within_s, settings.task_ttl_s) == (
        "127.0.0.1", 8000, 5, 60,
    )  # fmt: skip
    assert settings.threads == len(os.sched_getaffinity(0))


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PORT": "9000", "EKYC_THREADS": "3", "EKYC_MAX_IMAGE_PIXELS": "10000"}.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert (settings.port, settings.threads, settings.limits.max_pixels) == (9000, 3, 10_000)


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EKYC_BROKER_URL", "")
    assert load().broker_url is None


def test_every_wrong_variable_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("EKYC_ANSWER_WITHIN_S", "-1")
    with pytest.raises(SettingsError) as error:
        load()
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == ["PORT", "EKYC_ANSWER_WITHIN_S"]


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="EKYC_BROKER_URL: required"):
        require(load().broker_url, "EKYC_BROKER_URL")


def test_a_secret_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = ("BROKER_URL", "DATABASE_URL", "REDIS_URL", "S3_SECRET_KEY", "ADMIN_TOKEN")
    for name in (f"EKYC_{word}" for word in secret):
        monkeypatch.setenv(name, "amqp://u:hunter2@h/")
    settings = load()
    assert "hunter2" not in f"{settings!r} {settings.model_dump_json()}"
    assert "hunter2" in require(settings.broker_url, "EKYC_BROKER_URL")
