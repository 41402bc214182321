"""Settings of every process, from environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.core.images import Limits


class SettingsError(Exception):
    """A variable is wrong or missing; one line each, naming it."""


class Settings(BaseSettings):
    """`EKYC_` and the field's name in capitals; HOST and PORT alone have no prefix."""

    model_config = SettingsConfigDict(env_prefix="EKYC_", frozen=True, env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    broker_url: SecretStr | None = None
    """amqp://user:password@host:port/vhost"""
    database_url: SecretStr | None = None
    """postgresql+asyncpg://… or sqlite+aiosqlite:///…"""
    objects_url: str | None = None
    """s3://bucket or file:///directory"""
    s3_endpoint: str | None = None
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"
    data_dir: Path | None = None
    """Where the embedded mode keeps its files; a temporary directory by default."""

    answer_within_s: float = Field(default=5.0, ge=0, le=300)
    """How long a request waits for its answer before it becomes a 202."""
    task_ttl_s: float = Field(default=60.0, gt=0, le=86_400)
    """How old a task may become before nobody computes it any more."""
    upload_within_s: float = Field(default=30.0, gt=0, le=600)
    drain_wait_s: float = Field(default=2.0, ge=0, le=60)
    """How long a stopping API still answers while /readyz says 503, so that proxies leave first."""
    max_image_bytes: int = Field(default=10_000_000, ge=1_000, le=100_000_000)
    max_image_pixels: int = Field(default=25_000_000, ge=10_000, le=250_000_000)

    threads: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, le=256)
    """CPUs for the model, by default those that this process may use: a worker's model has so many
    threads, the embedded mode so many workers of one thread."""
    batch_size: int = Field(default=2, ge=1, le=64)
    batch_wait_ms: float = Field(default=2.0, ge=0, le=1_000)
    """How long the first task of a batch waits for company."""

    @property
    def limits(self) -> Limits:
        """What an image may cost."""
        return Limits(self.max_image_bytes, self.max_image_pixels)


def load() -> Settings:
    """Read the environment. Raises SettingsError; it never holds a value, since that may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{_variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise SettingsError("\n".join(lines)) from None


def require(value: str | SecretStr | None, variable: str) -> str:
    """The value of a setting without a default. Raises SettingsError: when it is not set."""
    if value is None:
        raise SettingsError(f"{variable}: required here")
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _variable(location: str) -> str:
    return location if location.isupper() else f"EKYC_{location.upper()}"
