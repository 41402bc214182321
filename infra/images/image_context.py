"""Lays out what a `docker build` sees: the project's files, wheels, tools and weights; nothing else."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from infra.exclusive import exclusive
from infra.images.image_version import Recipe, content_files
from infra.progress import Step, run_watched, step
from infra.weights.pinned import read_pinned
from infra.weights.store import fetch
from sre_cli.specs.paths import cache_dir

IMAGE_PYTHON = "3.11"
"""What Debian bookworm has; the wheels are for it, whatever Python runs this command."""
IMAGE_GLIBC_MINOR = 36

FindTools = Callable[[Iterable[str]], dict[str, Path]]


@contextmanager
def image_context(root: Path, recipe: Recipe, find_tools: FindTools) -> Iterator[Path]:
    """A folder that holds everything `recipe` copies, gone afterwards."""
    wheels = _wheels(root / recipe.wheels) if recipe.wheels else None
    tools = find_tools(recipe.tools)
    weights = [fetch(file) for file in read_pinned(root / recipe.weights)] if recipe.weights else []
    with tempfile.TemporaryDirectory(prefix="sre-image-") as made:
        context = Path(made)
        for path in content_files(root, recipe):
            _copy(root / path, context / path)
        if wheels:
            shutil.copytree(wheels, context / "wheels")
        for name, path in tools.items():
            _copy(path, context / "tools" / name)
        for path in weights:
            _copy(path, context / "weights" / path.name)
        yield context


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    # Not the mode of the checkout, whose umask is nobody's business in the image.
    target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def _wheels(lock: Path) -> Path:
    """The lock's wheels, downloaded by the host's pip: its proxy, mirror and certificates hold."""
    folder = cache_dir() / "wheels" / sha256(lock.read_bytes()).hexdigest()[:12]
    if folder.is_dir():
        return folder
    with exclusive(folder):
        if not folder.is_dir():
            with step(f"download the wheels of {lock.name}") as watch:
                _download(lock, folder, watch)
    return folder


def _download(lock: Path, folder: Path, watch: Step) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=".wheels.", dir=folder.parent))
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--progress-bar", "off"]
    what = ["--require-hashes", "--no-deps", "--only-binary=:all:", *_platform(), "-r", str(lock)]
    try:
        run_watched([*pip, *what, "-d", str(scratch)], watch, hint="pip config list")
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _platform() -> list[str]:
    machine = platform.machine()
    glibc = [f"manylinux_2_{minor}_{machine}" for minor in range(IMAGE_GLIBC_MINOR, 4, -1)]
    tags = [*glibc, f"manylinux2014_{machine}", f"linux_{machine}"]
    return ["--python-version", IMAGE_PYTHON, *(word for tag in tags for word in ("--platform", tag))]
