"""What a killed run left of an environment, told by its label."""

from __future__ import annotations

from infra.clouds.local import network
from infra.clouds.local.docker import ENV_LABEL, attempt, docker, named
from infra.progress import step


def containers(env: str) -> list[str]:
    """The names of every container of `env`."""
    return named("container", f"{ENV_LABEL}={env}")


def sweep(env: str) -> None:
    """Remove every container, network and volume of `env` at once, without letting anything drain."""
    label = f"{ENV_LABEL}={env}"
    with step(f"nothing of {env} is left in Docker"):
        if left := containers(env):
            # One that is being removed already is none of our concern; what stays shows below.
            attempt(["container", "rm", "--force", "--volumes", *left])
        for name in named("network", label):
            network.remove(name, env)
        if volumes := named("volume", label):
            docker("volume", "rm", "--force", *volumes)
