"""Packages of Debian and Ubuntu, and of other publishers' repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from .files import write_file

TIMEOUT_S = 60
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}
# Another apt may be at work at the first boot, and mirrors stumble.
PATIENT = ("-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3")


def install_missing(packages: Mapping[str, str]) -> None:
    """Install each package of whose program there is no trace; `packages` is by program."""
    missing = sorted({package for program, package in packages.items() if not shutil.which(program)})
    if missing:
        install(missing)


def install(packages: Iterable[str]) -> None:
    """Install `packages`. Raises CalledProcessError: with apt's words in the journal."""
    apt("update")
    apt("install", "--yes", "--no-install-recommends", *packages)


def apt(*words: str) -> None:
    """Run apt-get. Raises CalledProcessError."""
    print(f"apt-get {' '.join(words)}", flush=True)
    subprocess.run(["apt-get", "--quiet", *PATIENT, *words], env={**os.environ, **ENVIRONMENT}, check=True)


def install_from(name: str, repository: Mapping[str, str]) -> None:
    """Install package `name` from its publisher, unless its program is there.

    Raises ValueError: when the publisher's key is not the one we know.
    """
    if shutil.which(repository["program"]):
        return
    with urllib.request.urlopen(repository["key"], timeout=TIMEOUT_S) as answer:
        key = answer.read().decode()
    if fingerprint(key) != repository["fingerprint"]:
        raise ValueError(f"{repository['key']} gives another key than {repository['fingerprint']}")
    keyring = Path(f"/etc/apt/keyrings/{name}.asc")
    write_file(keyring, key, mode=0o644)
    source = repository["source"].format(**system())
    write_file(
        Path(f"/etc/apt/sources.list.d/{name}.list"), f"deb [signed-by={keyring}] {source}\n", mode=0o644
    )
    install([name])


def fingerprint(key: str) -> str:
    """The fingerprint of an armored public key; its primary key's, where it holds several."""
    with tempfile.TemporaryDirectory() as home:
        shown = subprocess.run(
            ["gpg", "--homedir", home, "--show-keys", "--with-colons"],
            input=key, capture_output=True, text=True, check=True,
        )  # fmt: skip
    prints = [line.split(":")[9] for line in shown.stdout.splitlines() if line.startswith("fpr:")]
    return prints[0] if prints else ""


def system() -> dict[str, str]:
    """`distro` (debian, ubuntu), `codename` and `arch` of this machine."""
    lines = Path("/etc/os-release").read_text().splitlines()
    release = dict(line.replace('"', "").split("=", 1) for line in lines if "=" in line)
    return {"distro": release["ID"], "codename": release["VERSION_CODENAME"], "arch": architecture()}


def architecture() -> str:
    """The machine's, in Debian's words: amd64, arm64."""
    shown = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return shown.stdout.strip()
