"""The image that ours are built from: a registry's, or one made here when none answers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.exclusive import exclusive
from infra.progress import Step, run_watched, step
from infra.toolchain import debian
from sre_cli.core.image_version import DEFAULT_BASE_IMAGE
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import cache_dir

MADE_HERE = "sre-base:bookworm"
SUITE = "bookworm"
PULL_DEADLINE_S = 90


def base_image(wanted: str, has: Callable[[str], bool]) -> str:
    """The name to build from: `wanted` when it is here or can be pulled.

    Debian's own image has a stand-in, made once with debootstrap, for machines that no registry
    answers. Raises EngineUnavailable: when another image is wanted and cannot be had.
    """
    for name in dict.fromkeys([wanted, *([MADE_HERE] if wanted == DEFAULT_BASE_IMAGE else [])]):
        if has(name):
            return name
    try:
        with step(f"pull {wanted}") as watch:
            run_watched(["docker", "pull", wanted], watch, deadline_s=PULL_DEADLINE_S)
    except EngineUnavailable as error:
        if wanted != DEFAULT_BASE_IMAGE:
            raise EngineUnavailable(
                f"cannot pull the base image {wanted}", detail=error.detail, hint=f"docker pull {wanted}"
            ) from None
        _make(has)
        return MADE_HERE
    return wanted


def _make(has: Callable[[str], bool]) -> None:
    if not shutil.which("debootstrap"):
        debian.install(["debootstrap"], "making a base image without a registry")
    with exclusive(cache_dir() / "base-image"):
        if not has(MADE_HERE):
            with (
                step(f"make {MADE_HERE} with debootstrap") as watch,
                tempfile.TemporaryDirectory(prefix="sre-base-", dir=cache_dir()) as scratch,
            ):
                _bootstrap(Path(scratch), watch)


def _bootstrap(scratch: Path, watch: Step) -> None:
    tree, archive = scratch / "root", scratch / "root.tar"
    command = ["debootstrap", "--variant=minbase", SUITE, str(tree)]
    run_watched(command, watch, hint=f"sudo {' '.join(command)}")
    _trim(tree)
    run_watched(["tar", "--numeric-owner", "-C", str(tree), "-cf", str(archive), "."], watch)
    run_watched(["docker", "import", str(archive), MADE_HERE], watch)


def _trim(tree: Path) -> None:
    sources = tree / "etc/apt/sources.list"
    mirror = sources.read_text().split()[1].removesuffix("/")
    security = f"{mirror.removesuffix('/debian')}/debian-security"
    sources.write_text(
        f"deb {mirror} {SUITE} main\ndeb {mirror} {SUITE}-updates main\n"
        f"deb {security} {SUITE}-security main\n"
    )
    # What Debian's own image does too: packages start no service while an image is made.
    policy = tree / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    for archive in (tree / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
