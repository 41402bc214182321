"""A node with GPUs: where its driver comes from, and that Nomad waits for every GPU."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.node.sre_node import apt, gpu
from tests.unit.infra.conftest import Pretend

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PUBLISHER = "deb [signed-by=/etc/apt/keyrings/a.asc] https://publisher.test/debian bookworm main\n"
LINE = f"deb [arch=amd64 signed-by={KEYRING}] http://a/debian bookworm"
STANZA = f"""Types: deb deb-src
# A mirror near by.
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}
"""
NON_FREE = "contrib non-free non-free-firmware"


@pytest.fixture
def apt_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An /etc/apt without sources."""
    (tmp_path / "sources.list.d").mkdir()
    monkeypatch.setattr(gpu, "APT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("sources", "name", "source"),
    [
        (
            {
                "sources.list": "# ours\ndeb-src http://a/debian bookworm main\n"
                "deb http://a/debian bookworm main\ndeb http://a/debian bookworm-updates main\n"
            },
            "non-free.list",
            f"deb http://a/debian bookworm {NON_FREE}\n",
        ),
        (
            {
                "sources.list.d/debian.list": f"{LINE} contrib main",
                "sources.list.d/publisher.list": PUBLISHER,
            },
            "non-free.list",
            f"{LINE} {NON_FREE}\n",
        ),
        (
            {
                "sources.list": "# See sources.list.d\n",
                "sources.list.d/a.list": PUBLISHER,
                "sources.list.d/debian.sources": f"{STANZA.replace('bookworm', 'trixie')}\n{STANZA}",
            },
            "non-free.sources",
            STANZA.replace("Components: main", f"Components: {NON_FREE}"),
        ),
        (
            {
                "sources.list.d/debian.sources": f"{STANZA}Enabled: no\n",
                "sources.list.d/debian.list.save": "deb http://old/debian bookworm main\n",
                "sources.list.d/near.list": "deb http://near/debian bookworm main\n",
            },
            "non-free.list",
            f"deb http://near/debian bookworm {NON_FREE}\n",
        ),
    ],
    ids=["one-line", "options", "deb822", "disabled"],
)
def test_the_driver_comes_from_where_the_system_came_from(
    apt_folder: Path, sources: dict[str, str], name: str, source: str
) -> None:
    for path, text in sources.items():
        (apt_folder / path).write_text(text)
    assert gpu.non_free_source("bookworm") == (name, source)


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="apt-get is Debian's")
@pytest.mark.parametrize(("name", "text"), [("a.list", f"{LINE} main\n"), ("a.sources", STANZA)])
def test_apt_takes_it_beside_the_one_it_was_copied_from(
    apt_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    (apt_folder / "apt.conf").write_text(f'Dir::Etc "{apt_folder}";\nDir::State "{apt_folder}";\n')
    monkeypatch.setenv("APT_CONFIG", str(apt_folder / "apt.conf"))
    parts = apt_folder / "sources.list.d"
    (parts / name).write_text(text)
    added, source = gpu.non_free_source("bookworm")
    (parts / added).write_text(source)
    shown = uris()
    assert shown.returncode == 0, shown.stderr
    assert "/main/" in shown.stdout
    assert "/non-free-firmware/" in shown.stdout
    # The same place without its key is a source that apt refuses.
    (parts / added).write_text(re.sub(r" \[.*\]|Signed-By: .*", "", source))
    assert "Conflicting values set for option Signed-By" in uris().stderr


def uris() -> subprocess.CompletedProcess[str]:
    """What apt would download."""
    words = ["apt-get", "update", "--print-uris"]
    return subprocess.run(words, check=False, capture_output=True, text=True)


def test_a_node_whose_sources_do_not_know_its_system_says_so(apt_folder: Path) -> None:
    (apt_folder / "sources.list").write_text("deb http://a/debian trixie main\n")
    with pytest.raises(ValueError, match="has no source of bookworm"):
        gpu.non_free_source("bookworm")


def test_debians_driver_is_installed_from_the_added_source(
    apt_folder: Path, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(apt, "install", asked.extend)
    monkeypatch.setattr(apt, "system", lambda: {"distro": "debian", "codename": "bookworm", "arch": "amd64"})
    # Files of the node belong to root.
    monkeypatch.setattr(gpu, "write_file", lambda path, text, mode: path.write_text(text))
    monkeypatch.setenv("PATH", f"{pretend('uname', 'echo 6.1-cloud')}:{pretend('modprobe', 'exit 0')}")
    (apt_folder / "sources.list").write_text("deb http://a/debian bookworm main\n")
    gpu.install_driver()
    added = (apt_folder / "sources.list.d/non-free.list").read_text()
    assert added == f"deb http://a/debian bookworm {NON_FREE}\n"
    assert asked[:2] == ["linux-headers-6.1-cloud", "nvidia-kernel-dkms"]


def test_a_driver_comes_only_where_there_is_none(pretend: Pretend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(apt, "install", asked.extend)
    monkeypatch.setattr(apt, "system", lambda: {"distro": "ubuntu", "codename": "noble", "arch": "amd64"})
    ran = pretend("ubuntu-drivers", "exit 0")
    (ran / "modprobe").write_text("#!/bin/sh\n")
    (ran / "modprobe").chmod(0o755)
    (ran / "modinfo").write_text("#!/bin/sh\necho 535.247.01\n")
    (ran / "modinfo").chmod(0o755)
    monkeypatch.setenv("PATH", str(ran))
    gpu.install_driver()
    driver = ["ubuntu-drivers-common", "nvidia-utils-535-server"]
    assert asked == driver
    monkeypatch.setenv("PATH", f"{ran}:{pretend('nvidia-smi', 'exit 0')}")
    gpu.install_driver()
    assert asked == driver


@pytest.mark.parametrize(("lines", "expected", "code"), [(2, 2, None), (1, 2, "1 of 2"), (0, 1, "0 of 1")])
def test_nomad_waits_for_every_gpu(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch, lines: int, expected: int, code: str | None
) -> None:
    shown = "".join(f"echo 'GPU {i}: Tesla T4 (UUID: x)';" for i in range(lines)) or "exit 9"
    monkeypatch.setenv("PATH", f"{pretend('nvidia-smi', shown)}:{os.environ['PATH']}")
    monkeypatch.setattr(gpu, "read_config", lambda: {"gpus": expected})
    if code is None:
        gpu.main()
    else:
        with pytest.raises(SystemExit, match=f"{code} GPUs answer"):
            gpu.main()
