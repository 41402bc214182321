"""Outputs: what a running cluster tells every command, written by infra, read by all."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sre_cli.errors import EngineUnavailable, UsageError
from sre_cli.specs.cluster import CloudName
from sre_cli.specs.paths import project_root, state_dir


class PoolOutput(BaseModel):
    """How a pool is found by who resizes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Auto-scaling group, managed instance group, or the local pool's name."""
    min: int
    max: int
    size: int | None = None
    """How many machines it has now, where the cloud says so; they are waited for."""


class DataOutput(BaseModel):
    """A managed engine; one that runs on nodes is found in Consul instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int


class StackOutputs(BaseModel):
    """What every cloud's stack exports; tokens and passwords are Pulumi secrets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nomad_url: str
    """https, from where operators stand."""
    consul_url: str
    api_url: str
    prometheus_url: str | None = None
    registry: str
    """What nodes pull from: prefix of every image's name."""
    registry_push: str
    """What operators push to; the same registry."""
    ca_pem: str
    """Signs what the URLs above show."""
    nomad_token: str
    consul_token: str
    secrets: dict[str, str] = {}
    """Passwords of managed engines: `postgres_password`, `redis_password`."""
    pools: dict[str, PoolOutput]
    postgres: DataOutput | None = None
    redis: DataOutput | None = None
    bucket: str | None = None
    """Of the managed object store."""


class StackExports(StackOutputs):
    """What the whole stack exports: the cloud's outputs, and what the identity adds to them."""

    ingress_cert_pem: str
    ingress_key_pem: str


class Outputs(BaseModel):
    """Where the engines of one environment are, and the files that hold what they ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str
    cloud: CloudName
    nomad_url: str
    """https, from where operators stand; what it shows is signed by `ca_file`."""
    nomad_token_file: Path
    """Holds what Nomad asks for; the outputs themselves hold no secret."""
    consul_url: str
    consul_token_file: Path
    ca_file: Path
    """The cluster's certificate authority, PEM; signs the URLs of Nomad, Consul, the API and the registry."""
    api_url: str
    prometheus_url: str | None = None
    registry: str
    """What nodes pull from: prefix of every image's name."""
    registry_push: str
    """What operators push to; the same registry."""
    zones: list[str]
    pools: dict[str, PoolOutput]
    postgres: DataOutput | None = None
    """Of the managed engine; one that runs on nodes is found in Consul."""
    redis: DataOutput | None = None
    bucket: str | None = None
    port_offset: int = 0

    def nomad_token(self) -> str:
        """What to send as X-Nomad-Token: `$NOMAD_TOKEN`, else what the token file holds.

        Raises EngineUnavailable: when the file cannot be read.
        """
        return self._token("Nomad", "NOMAD_TOKEN", self.nomad_token_file)

    def consul_token(self) -> str:
        """What to send as X-Consul-Token: `$CONSUL_HTTP_TOKEN`, else what the token file holds.

        Raises EngineUnavailable: when the file cannot be read.
        """
        return self._token("Consul", "CONSUL_HTTP_TOKEN", self.consul_token_file)

    def _token(self, engine: str, variable: str, file: Path) -> str:
        try:
            return os.environ.get(variable) or file.read_text().strip()
        except OSError as error:
            raise EngineUnavailable(
                f"no token for {engine}: {file}: {error.strerror}",
                hint=f"sre infra up {self.env}, or set {variable}",
            ) from None

    @staticmethod
    def path(env: str) -> Path:
        """The file that holds the outputs of `env`."""
        return state_dir(env) / "outputs.json"

    def save(self) -> None:
        """Write the outputs where `load` finds them."""
        path = self.path(self.env)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # At once: a command may read it at this moment.
        fresh = path.with_suffix(".new")
        fresh.write_text(self.model_dump_json(indent=2) + "\n")
        fresh.replace(path)

    @classmethod
    def load(cls, env: str) -> Outputs:
        """Read the outputs of `env`.

        Raises EngineUnavailable: when no cluster of that name was brought up here, or the file is broken.
        UsageError: when there is no environment of that name either.
        """
        path = cls.path(env)
        try:
            return cls.model_validate_json(path.read_text())
        except FileNotFoundError:
            known = sorted(file.stem for file in (project_root() / "stacks" / "clusters").glob("*.yaml"))
            if env not in known:
                raise UsageError(
                    f"no cluster {env!r} is up, and stacks/clusters/ has none of that name",
                    hint=f"known environments: {', '.join(known)}",
                ) from None
            raise EngineUnavailable(
                f"no cluster {env!r} is up: {path} is missing", hint=f"sre infra up {env}"
            ) from None
        except (OSError, ValidationError) as error:
            raise EngineUnavailable(
                f"{path}: cannot be used", hint=f"sre infra up {env}", detail=str(error)
            ) from None
