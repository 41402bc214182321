"""The Docker engine, by its own command line: contexts and logins work as for people."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sre_cli.errors import EngineUnavailable

DEADLINE_S = 120
ENV_LABEL = "sre.env"
"""On every container, network and volume of a cluster: whose it is."""


def docker(*words: str, given: bytes = b"", deadline_s: float = DEADLINE_S) -> str:
    """What `docker <words>` prints.

    Raises EngineUnavailable: when it fails, with what it said.
    """
    answer = attempt(words, given, deadline_s)
    if answer.returncode != 0:
        raise EngineUnavailable(
            f"`docker {' '.join(words[:2])}` failed: {answer.stderr.decode(errors='replace').strip()}",
            hint="sre doctor",
        )
    return answer.stdout.decode(errors="replace")


def attempt(
    words: Sequence[str], given: bytes = b"", deadline_s: float = DEADLINE_S
) -> subprocess.CompletedProcess[bytes]:
    """The answer of `docker <words>`, whatever it is.

    Raises EngineUnavailable: when there is no docker, or it does not answer in time.
    """
    try:
        return subprocess.run(
            ["docker", *words], input=given, capture_output=True, timeout=deadline_s, check=False
        )
    except FileNotFoundError:
        raise EngineUnavailable("docker is not installed", hint="sre doctor --fix") from None
    except subprocess.TimeoutExpired:
        raise EngineUnavailable(
            f"`docker {' '.join(words[:2])}` took longer than {deadline_s:.0f} s", hint="sre doctor"
        ) from None


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """What the engine knows of those of `names` (`container`, `network`, `volume`, `image`) that exist.

    Raises EngineUnavailable: when it does not answer, so that silence is never taken for absence.
    """
    if not names:
        return []
    answer = attempt([kind, "inspect", *names])
    if answer.returncode != 0 and not _only_missing(answer.stderr.decode(errors="replace")):
        raise EngineUnavailable(
            "the Docker engine does not answer",
            detail=answer.stderr.decode(errors="replace"),
            hint="sre doctor --fix",
        )
    return list(json.loads(answer.stdout or b"[]"))


def is_of(env: str, found: Mapping[str, Any]) -> bool:
    """Whether what `inspect` found, a container or a network, was made for `env`."""
    labels = found["Config"]["Labels"] if "Config" in found else found["Labels"]
    return bool((labels or {}).get(ENV_LABEL) == env)


def named(kind: str, label: str) -> list[str]:
    """The names of the containers, networks or volumes that carry `label` (`key=value`)."""
    words = ["--all"] if kind == "container" else []
    column = "{{.Names}}" if kind == "container" else "{{.Name}}"
    return docker(kind, "ls", *words, "--filter", f"label={label}", "--format", column).split()


def flags(name: str, values: Iterable[object]) -> list[str]:
    """`--name value` for each of `values`."""
    return [word for value in values for word in (f"--{name}", str(value))]


def _only_missing(complaints: str) -> bool:
    lines = [line.lower() for line in complaints.splitlines() if line.strip()]
    return all("no such" in line or "not found" in line for line in lines)
