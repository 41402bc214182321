"""The GPU driver on a machine whose image is older than what Debian's archive still has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra.node.sre_node import apt, gpu
from tests.unit.infra.conftest import Pretend

OLD = "6.1.0-28-cloud-amd64"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What apt was asked for; it has no headers of a kernel by its number."""
    lists: list[list[str]] = []

    def install(packages: list[str]) -> None:
        lists.append(packages)
        if packages[0].startswith("linux-headers-6"):
            raise subprocess.CalledProcessError(100, "apt-get")

    monkeypatch.setattr(apt, "install", install)
    monkeypatch.setattr(apt, "system", lambda: {"distro": "debian", "codename": "bookworm", "arch": "amd64"})
    monkeypatch.setattr(gpu, "write_file", lambda path, text, mode: path.write_text(text))
    monkeypatch.setattr(gpu, "APT", tmp_path)
    (tmp_path / "sources.list.d").mkdir()
    suites = ("http://a/debian bookworm", "http://a/debian-security bookworm-security")
    (tmp_path / "sources.list").write_text("".join(f"deb {suite} main\n" for suite in suites))
    return lists


@pytest.mark.parametrize("kernel", [OLD, "6.12.48+deb13-cloud-amd64"])
def test_without_headers_of_its_kernel_it_gets_a_newer_one(
    asked: list[list[str]], pretend: Pretend, monkeypatch: pytest.MonkeyPatch, kernel: str
) -> None:
    monkeypatch.setenv("PATH", f"{pretend('uname', f'echo {kernel}')}:{pretend('modprobe', 'exit 1')}")
    gpu.install_driver()
    assert [packages[0] for packages in asked] == [f"linux-headers-{kernel}", "linux-image-cloud-amd64"]
    assert asked[1][1] == "linux-headers-cloud-amd64"


def test_the_driver_comes_with_its_security_updates(
    asked: list[list[str]], pretend: Pretend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{pretend('uname', f'echo {OLD}')}:{pretend('modprobe', 'exit 0')}")
    gpu.install_driver()
    added = [path.read_text().split()[2] for path in sorted((tmp_path / "sources.list.d").iterdir())]
    assert added == ["bookworm", "bookworm-security"]


@pytest.mark.parametrize(
    ("built_for", "awaits"), [([], False), (["6.1.0-56-cloud-amd64"], True), ([OLD], False)]
)
def test_a_driver_for_a_newer_kernel_is_booted(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built_for: list[str], awaits: bool
) -> None:
    for kernel in built_for:
        folder = tmp_path / "modules" / kernel / "updates" / "dkms"
        folder.mkdir(parents=True)
        (folder / "nvidia-current.ko").touch()
    monkeypatch.setenv("PATH", str(pretend("uname", f"echo {OLD}")))
    assert gpu.awaits_boot(tmp_path / "modules") is awaits


def test_the_check_boots_it_before_it_complains(
    pretend: Pretend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    monkeypatch.setenv(
        "PATH", f"{pretend('nvidia-smi', 'exit 9')}:{pretend('systemctl', f'echo $* > {done}')}"
    )
    monkeypatch.setattr(gpu, "read_config", lambda: {"gpus": 1})
    monkeypatch.setattr(gpu, "awaits_boot", lambda: True)
    with pytest.raises(SystemExit):
        gpu.main()
    assert done.read_text() == "reboot\n"
