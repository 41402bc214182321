"""Files of a container, whether or not it runs."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence

from infra.clouds.local.docker import ENV_LABEL, attempt, docker
from sre_cli.errors import EngineUnavailable


def write(name: str, files: Mapping[str, str]) -> None:
    """Put files for root's eyes only into the container."""
    if not files:
        return
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(text.encode()), 0o600
            tar.addfile(entry, io.BytesIO(text.encode()))
    docker("cp", "-", f"{name}:/", given=archive.getvalue())


def changed(name: str, files: Mapping[str, str]) -> list[str]:
    """The paths of those of `files` that hold something else in the container, or are not there."""
    return [path for path, text in files.items() if _read(name, path) != text.encode()]


def check(env: str, image: str, words: Sequence[str], files: Mapping[str, str]) -> None:
    """Have `words`, in a container of its own made from `image`, read each file on its standard input.

    Raises EngineUnavailable: with what was said about the one that is refused.
    """
    alone = ("run", "--rm", "--interactive", "--network", "none", "--label", f"{ENV_LABEL}={env}")
    for path, text in files.items() if words else ():
        answer = attempt([*alone, image, *words], text.encode())
        if answer.returncode != 0:
            said = answer.stderr.decode(errors="replace").strip()
            raise EngineUnavailable(f"`{' '.join(words)}` refuses the new {path}: the old one stays\n{said}")


def _read(name: str, path: str) -> bytes | None:
    answer = attempt(["cp", f"{name}:{path}", "-"])
    if answer.returncode != 0:
        return None
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as tar:
        entry = tar.next()
        file = tar.extractfile(entry) if entry and entry.isfile() else None
        return file.read() if file else None
