"""Settings of every process, from environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.core.conventions import TASK_TTL_MAX_S
from services.core.images import Limits


class SettingsError(Exception):
    """A variable is wrong or missing; one line each, naming it."""


class Settings(BaseSettings):
    """`EKYC_` and the field's name in capitals; HOST and PORT alone have no prefix."""

    model_config = SettingsConfigDict(env_prefix="EKYC_", frozen=True, env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+",
        validation_alias=AliasChoices("EKYC_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
    """Where traces go, by OTLP over HTTP (http://collector:4318); none: nowhere"""
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    """The share of requests that is traced, the same for every process."""

    broker_url: SecretStr | None = None
    """amqp://user:password@host:port[,host:port...]/vhost: every member of the cluster"""
    database_url: SecretStr | None = None
    """postgresql+asyncpg://… or sqlite+aiosqlite:///…"""
    objects_url: str | None = None
    """s3://bucket or file:///directory"""
    s3_endpoint: str | None = None
    s3_access_key: str = ""
    """`instance`, or none: who the machine is, the cloud knows"""
    s3_secret_key: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"
    redis_url: SecretStr | None = None
    """redis://:password@host:port, or rediss:// with TLS; without it each process limits for itself"""
    auth: Literal["required", "off"] | None = None
    """Whether callers need an API key. By default the API requires one; the embedded mode does not, and all
    checks are those of the tenant `local`."""
    admin_token: SecretStr | None = Field(default=None, min_length=16)
    """Opens /admin/v1, which is not there without it."""
    fallback_objects_url: str | None = None
    """Of another provider, used while the other one is away; none: there is no fallback"""
    fallback_s3_endpoint: str | None = None
    fallback_s3_access_key: str = ""
    fallback_s3_secret_key: SecretStr = SecretStr("")
    fallback_s3_region: str = "us-east-1"
    sealing_keys: SecretStr | None = None
    """id:base64,... of 32 bytes each: the first seals what rests, all of them open it. A new key goes to the
    end; once every process has it, to the front; the old one goes when nothing is sealed with it any more."""
    webhook_private_targets: bool = False
    """Whether tenants' webhooks may go to loopback and private addresses, and there by http too: for trying
    it, or where the tenants' systems are in the same network."""
    data_dir: Path | None = None
    """Where the embedded mode keeps its files; a temporary directory by default."""

    answer_within_s: float = Field(default=5.0, ge=0, le=300)
    """How long a request waits for its answer before it becomes a 202."""
    task_ttl_s: float = Field(default=60.0, gt=0, le=TASK_TTL_MAX_S)
    """How old a task may become before nobody computes it any more."""
    upload_within_s: float = Field(default=30.0, gt=0, le=600)
    drain_wait_s: float = Field(default=3.0, ge=0, le=60)
    """How long a stopping API still answers while /readyz says so, so that proxies leave first."""
    max_image_bytes: int = Field(default=10_000_000, ge=1_000, le=100_000_000)
    max_image_pixels: int = Field(default=25_000_000, ge=10_000, le=250_000_000)

    threads: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, le=256)
    """CPUs for the model, by default those that this process may use: a worker's model has so many
    threads, the embedded mode so many workers of one thread."""
    batch_size: int = Field(default=2, ge=1, le=64)
    batch_wait_ms: float = Field(default=0.0, ge=0, le=1_000)
    """How long the first task of a batch waits for company. On a CPU a batch gains nothing by itself."""

    shadow_model: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
    """A module with a candidate, which a worker shows a share of its tasks; `services.worker.shadow`"""
    shadow_share: float = Field(default=0.1, ge=0, le=1)

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
