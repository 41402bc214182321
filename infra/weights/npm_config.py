"""What this machine says about npm, read without npm: its variables and its files."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

PUBLIC_REGISTRY = "https://registry.npmjs.org"
MACHINE_FILE = Path("/etc/npmrc")


def npm_setting(name: str) -> str | None:
    """What npm would take for `name`, such as `registry`: a variable, the user's file, the machine's."""
    variable = f"npm_config_{name}".replace("-", "_")
    for key, value in os.environ.items():
        if key.lower() == variable and value:
            return value
    return next((found[name] for found in map(_read, _files()) if found.get(name)), None)


def npm_registry() -> str:
    """Address of the registry, without the slash at its end."""
    return (npm_setting("registry") or PUBLIC_REGISTRY).rstrip("/")


def npm_authorisation(registry: str) -> str | None:
    """Value of the `Authorization` header that the registry wants, where one is kept for it."""
    place = registry.partition(":")[2]  # such a key begins with two slashes and the host
    token, basic = (npm_setting(f"{place}/:{kind}") for kind in ("_authToken", "_auth"))
    if token:
        return f"Bearer {token}"
    return f"Basic {basic}" if basic else None


def _files() -> Iterator[Path]:
    yield Path(os.environ.get("NPM_CONFIG_USERCONFIG") or Path.home() / ".npmrc")
    if named := os.environ.get("NPM_CONFIG_GLOBALCONFIG"):
        yield Path(named)
    elif npm := shutil.which("npm"):
        yield Path(npm).parents[1] / "etc" / "npmrc"
    yield MACHINE_FILE


def _read(path: Path) -> dict[str, str]:
    """`key = value` lines; `${NAME}` stands for a variable of the environment."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith(("#", ";")))
    return {key.strip(): _expanded(value.strip().strip("\"'")) for key, equals, value in pairs if equals}


def _expanded(value: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: os.environ.get(found[1], found[0]), value)
