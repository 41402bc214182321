"""Programs that their publishers release as one file, checked against the SHA-256 we know."""

from __future__ import annotations

import hashlib
import io
import platform
import re
import subprocess
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .apt import architecture

TIMEOUT_S = 60


def install(name: str, release: Mapping[str, Any]) -> None:
    """Put the release in its place, unless that version or a newer one is there.

    Raises ValueError: when what comes is not what was released. Raises URLError: when nothing comes.
    """
    place = Path(release["place"])
    if version_at(place) >= parse_version(release["version"]):
        return
    arch = architecture()
    if arch not in release["sha256"]:
        raise ValueError(f"{name} {release['version']}: no sum is known for {arch}")
    url = release["url"].format(version=release["version"], arch=arch, machine=platform.machine())
    print(f"download {url}", flush=True)
    data = fetch(url, release["sha256"][arch])
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_bytes(unpack(data, name) if url.endswith(".zip") else data)
    draft.chmod(0o755)
    # In one step: an agent that runs keeps the old file, one that starts finds a whole one.
    draft.replace(place)


def fetch(url: str, sha256: str) -> bytes:
    """What `url` gives. Raises ValueError: when it is not what has that sum."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        data: bytes = answer.read()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(f"{url}: SHA-256 is {found}, must be {sha256}")
    return data


def unpack(data: bytes, name: str) -> bytes:
    """The file `name` out of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def version_at(place: Path) -> tuple[int, ...]:
    """The version of the program there; (0,) where there is none that says one."""
    try:
        said = subprocess.run(
            [place, "version"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return (0,)
    return parse_version(said.stdout)


def parse_version(text: str) -> tuple[int, ...]:
    """The first version in `text`: `Nomad v1.10.0` gives (1, 10, 0)."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else (0,)
