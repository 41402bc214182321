"""Outputs: what a running cluster tells every command, written by infra, read by all."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import state_dir


class Outputs(BaseModel):
    """Addresses of one environment's engines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str
    nomad_url: str
    nomad_token_file: Path
    """Holds what Nomad asks for; the outputs themselves hold no secret."""
    consul_url: str
    port_offset: int = 0

    def nomad_token(self) -> str:
        """What to send as X-Nomad-Token: `$NOMAD_TOKEN`, else what the token file holds.

        Raises EngineUnavailable: when the file cannot be read.
        """
        try:
            return os.environ.get("NOMAD_TOKEN") or self.nomad_token_file.read_text().strip()
        except OSError as error:
            raise EngineUnavailable(
                f"no token for Nomad: {self.nomad_token_file}: {error.strerror}",
                hint=f"sre infra up {self.env}, or set NOMAD_TOKEN",
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
        """
        path = cls.path(env)
        try:
            return cls.model_validate_json(path.read_text())
        except FileNotFoundError:
            raise EngineUnavailable(
                f"no cluster {env!r} is up: {path} is missing", hint=f"sre infra up {env}"
            ) from None
        except (OSError, ValidationError) as error:
            raise EngineUnavailable(
                f"{path}: cannot be used", hint=f"sre infra up {env}", detail=str(error)
            ) from None
