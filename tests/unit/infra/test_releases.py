"""Where a node gets another version from: the pinned release, or on `local` this machine's own program."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from infra import releases
from infra.toolchain.catalogue import TOOLS
from infra.toolchain.find import Found
from sre_cli.errors import Refused

PINNED = yaml.safe_load(releases.SOFTWARE.read_text())["releases"]["nomad"]


def test_a_cloud_gets_what_is_pinned() -> None:
    release = releases.release("aws", "nomad", PINNED["version"])("any-node")
    assert release == {"url": PINNED["url"], "sha256": PINNED["sha256"]}


def test_what_is_not_pinned_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        releases.release("gcp", "nomad", "9.9.9")
    assert f"pins nomad {PINNED['version']}" in refusal.value.message
    assert "write 9.9.9 and its SHA-256 there" in (refusal.value.hint or "")


def test_local_nodes_get_this_machines_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nomad"
    program.write_bytes(b"a program")
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(releases, "find", lambda tool: Found(TOOLS["nomad"], program, (1, 10, 1)))
    monkeypatch.setattr(releases, "docker", lambda *words: told.append(words))
    release = releases.release("local", "nomad", "1.10.1")("blue-core-0")
    assert release["url"] == "file:///var/lib/sre-staged/nomad"
    assert set(release["sha256"].values()) == {hashlib.sha256(b"a program").hexdigest()}
    assert told[-1] == ("cp", "--follow-link", str(program), "blue-core-0:/var/lib/sre-staged/nomad")
    with pytest.raises(Refused, match=r"which is 1\.10\.1, not 1\.10\.2"):
        releases.release("local", "nomad", "1.10.2")
