"""A Docker that answers what a test says, and notes what it is told."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.infra.conftest import Pretend

SCRIPT = """
echo "$*" >>"{folder}/said"
case "$*" in "cp - "*) cat >"{folder}/given.tar" ;; "run "*) cat >"{folder}/given" ;; esac
answers="{folder}/$(echo "$1 $2" | tr ' /' '__')"
[ -e "$answers.fails" ] && {{ cat "$answers.fails" >&2; exit 1; }}
[ -e "$answers" ] || {{ case "$*" in "cp "*:*" -") exit 1 ;; esac; exit 0; }}
cat "$answers"
"""


@dataclass(frozen=True)
class Engine:
    """The pretended engine."""

    folder: Path

    def answers(self, words: str, text: str) -> None:
        """What `docker <words> ...` prints."""
        (self.folder / words.replace(" ", "_")).write_text(text)

    def fails(self, words: str, complaint: str) -> None:
        """`docker <words> ...` ends with an error."""
        (self.folder / f"{words.replace(' ', '_')}.fails").write_text(complaint)

    def has(self, kind: str, *found: dict[str, Any]) -> None:
        """What `docker <kind> inspect` shows."""
        self.answers(f"{kind} inspect", json.dumps(found))

    def holds(self, name: str, path: str, text: str) -> None:
        """What `docker cp <name>:<path> -` prints: an archive of the file."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo(Path(path).name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
        (self.folder / f"cp_{name}:{path.replace('/', '_')}").write_bytes(archive.getvalue())

    def told(self, *words: str) -> list[str]:
        """The commands so far that begin with one of `words`; all of them without."""
        said = self.folder / "said"
        lines = said.read_text().splitlines() if said.exists() else []
        return [line for line in lines if not words or line.startswith(words)]


@pytest.fixture
def engine(tmp_path: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that has nothing and accepts everything."""
    folder = tmp_path / "engine"
    folder.mkdir()
    docker = pretend("docker", SCRIPT.format(folder=folder))
    monkeypatch.setenv("PATH", f"{docker}:/usr/bin:/bin")
    made = Engine(folder)
    for kind in ("container", "network", "volume"):
        made.answers(f"{kind} inspect", "[]")
    return made
