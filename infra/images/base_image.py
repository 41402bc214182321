"""The image that ours are built from: a registry's, or one made here when none answers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.exclusive import exclusive
from infra.images.image_version import DEFAULT_BASE_IMAGE
from infra.progress import Step, run_watched, step
from infra.toolchain import debian
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.paths import cache_dir

MADE_HERE = "sre-base:bookworm-slim"
SUITE = "bookworm"
PULL_DEADLINE_S = 90
# What Debian's own slim image does too: packages start no service while an image is made, apt keeps
# neither archives nor indexes, and manuals and translations stay out.
SLIM = {
    "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
    "etc/apt/apt.conf.d/docker-clean": (
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAcquire::Languages "none";\n'
    ),
    "etc/dpkg/dpkg.cfg.d/docker": (
        "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
        "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n"
    ),
}
LEFT_OUT = ("usr/share/man", "usr/share/locale", "var/lib/apt/lists", "var/cache/apt/archives")


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
    if os.geteuid() != 0:
        raise EngineUnavailable(
            "no registry answers, and only root can make a base image",
            hint=f"docker pull {DEFAULT_BASE_IMAGE}",
        )
    if not debian.which("debootstrap"):
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
    run_watched(command, watch, env=debian.environment(), hint=f"docker pull {DEFAULT_BASE_IMAGE}")
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
    for path, text in SLIM.items():
        (tree / path).write_text(text)
        (tree / path).chmod(0o755 if path.startswith("usr/sbin/") else 0o644)
    for folder in LEFT_OUT:
        shutil.rmtree(tree / folder)
        (tree / folder).mkdir()
