"""An image's version is a hash of what goes into it: the same files, the same tag."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from sre_cli.errors import SpecError, UsageError

DEFAULT_BASE_IMAGE = "debian:bookworm-slim"
VERSION_LENGTH = 12
IMAGE_PLACES = ("nomad_jobs/images", "infra/**/images")
NOT_CONTENT = re.compile(r"^(__pycache__|\..*|.*\.pyc|.*\.egg-info|.*\.md)$")


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile and what it says in its head that it needs.

    `# needs-files:` paths of the project, `# needs-wheels:` a lock file whose wheels it installs,
    `# needs-tools:` executables of the toolchain, `# needs-weights:` a list of networks' weights. Its own
    folder is always there.
    """

    name: str
    dockerfile: Path
    files: tuple[Path, ...] = ()
    wheels: Path | None = None
    tools: tuple[str, ...] = ()
    weights: Path | None = None


def image_names(root: Path) -> list[str]:
    """Every image of the project, in the order of their names."""
    return sorted(_folders(root))


def read_recipe(root: Path, name: str) -> Recipe:
    """Read the Dockerfile of `name`.

    Raises UsageError: when the project has no such image.
    """
    folders = _folders(root)
    if name not in folders:
        raise UsageError(f"no image {name!r}", hint=f"choose from {', '.join(sorted(folders))}")
    folder = folders[name]
    text = (root / folder / "Dockerfile").read_text()
    return Recipe(
        name=name,
        dockerfile=folder / "Dockerfile",
        files=(folder, *map(Path, _needs(text, "files"))),
        wheels=next(map(Path, _needs(text, "wheels")), None),
        tools=tuple(_needs(text, "tools")),
        weights=next(map(Path, _needs(text, "weights")), None),
    )


def content_files(root: Path, recipe: Recipe) -> list[Path]:
    """Every file that goes into the image, relative to `root`, in a fixed order.

    Raises SpecError: when the Dockerfile needs one that is not there.
    """
    missing = [str(path) for path in recipe.files if not (root / path).exists()]
    if missing:
        raise SpecError(f"{recipe.dockerfile}: needs-files: not there: {', '.join(missing)}")
    return sorted({found for path in recipe.files for found in _files(root, path)})


def image_version(root: Path, name: str, base_image: str = DEFAULT_BASE_IMAGE) -> str:
    """The tag of image `name`: it changes when, and only when, what goes into the image does."""
    digest = hashlib.sha256(f"{base_image}\0".encode())
    for path in content_files(root, read_recipe(root, name)):
        data = (root / path).read_bytes()
        executable = os.access(root / path, os.X_OK)
        # The length keeps two files from passing for one.
        digest.update(f"{path.as_posix()}\0{executable}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:VERSION_LENGTH]


def _folders(root: Path) -> dict[str, Path]:
    """The images' folders by name: `services`, and each in an `images` folder of the jobs or of infra."""
    found = [path for place in IMAGE_PLACES for path in root.glob(f"{place}/*/Dockerfile")]
    return {
        "services": Path("services"),
        **{path.parent.name: path.parent.relative_to(root) for path in found},
    }


def _needs(text: str, what: str) -> list[str]:
    return [
        word for line in re.findall(rf"^# needs-{what}: (.+)$", text, re.MULTILINE) for word in line.split()
    ]


def _files(root: Path, path: Path) -> list[Path]:
    if (root / path).is_file():
        return [path]
    found = (file.relative_to(root) for file in (root / path).rglob("*") if file.is_file())
    return [file for file in found if not any(map(NOT_CONTENT.match, file.relative_to(path).parts))]
