"""Commands that a message proposes to type next."""

from __future__ import annotations

DEFAULT_ENV = "local"


def in_env(env: str, command: str) -> str:
    """`command` as it must be typed to mean `env`."""
    return command if env == DEFAULT_ENV else f"{command} --env {env}"
