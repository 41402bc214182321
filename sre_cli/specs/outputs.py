"""Outputs: what a running cluster tells every command, written by infra, read by all."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import state_dir


class Outputs(BaseModel):
    """Addresses of one environment's engines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str
    nomad_url: str
    consul_url: str
    port_offset: int = 0

    @staticmethod
    def path(env: str) -> Path:
        """The file that holds the outputs of `env`."""
        return state_dir(env) / "outputs.json"

    def save(self) -> None:
        """Write the outputs where `load` finds them."""
        path = self.path(self.env)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(self.model_dump_json(indent=2) + "\n")

    @classmethod
    def load(cls, env: str) -> Outputs:
        """Read the outputs of `env`.

        Raises EngineUnavailable: when no cluster of that name was brought up here.
        """
        try:
            return cls.model_validate_json(cls.path(env).read_text())
        except FileNotFoundError:
            raise EngineUnavailable(
                f"no cluster {env!r} is up: {cls.path(env)} is missing", hint=f"sre infra up {env}"
            ) from None
