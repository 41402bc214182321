"""Docker as the maker and keeper of images."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.images.base_image import base_image
from infra.images.image_context import FindTools, image_context
from infra.images.image_version import (
    DEFAULT_BASE_IMAGE,
    VERSION_LENGTH,
    image_names,
    image_version,
    read_recipe,
)
from infra.progress import run_watched, step
from sre_cli.errors import EngineUnavailable, UsageError

ASK_TIMEOUT_S = 60
TITLE_LABEL = "org.opencontainers.image.title"


@dataclass(frozen=True)
class Image:
    """One image of the project: what its files say it should be, and what the engine holds."""

    name: str
    version: str
    is_built: bool
    size_mib: int | None = None

    @property
    def tag(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"


class DockerImages:
    """The project's images on this machine's engine."""

    def __init__(self, root: Path, find_tools: FindTools, base: str = DEFAULT_BASE_IMAGE):
        self._root = root
        self._find_tools = find_tools
        self._base = base

    def names(self) -> list[str]:
        """Every image that can be built."""
        return image_names(self._root)

    def look(self, name: str) -> Image:
        """What `name` should be now, and whether the engine has it."""
        version = image_version(self._root, name, self._base)
        known = _inspect(f"{name}:{version}")
        size_mib = round(known["Size"] / 2**20) if known else None
        return Image(name, version, known is not None, size_mib)

    def build(self, image: Image) -> None:
        """Build `image`, whether or not it is there.

        Raises EngineUnavailable: with the failing step's last lines. Raises UsageError: when somebody
        edits the files meanwhile, for then the tag would lie.
        """
        recipe = read_recipe(self._root, image.name)
        base = base_image(self._base, has=lambda name: _inspect(name) is not None)
        with image_context(self._root, recipe, self._find_tools) as context:
            if image_version(context, image.name, self._base) != image.version:
                raise UsageError(f"files of {image.name} changed while they were copied", hint="run it again")
            argv = _build_command(image, base, context / recipe.dockerfile, self._revision())
            with step(f"build {image.tag} from {base}") as watch:
                run_watched(
                    [*argv, str(context)],
                    watch,
                    env=_build_env(),
                    hint=f"sre images build {image.name} --force",
                )

    def old(self) -> list[str]:
        """The tags that `build` once made, that no file calls for any more and no container is of."""
        current = {f"{name}:{image_version(self._root, name, self._base)}" for name in self.names()}
        kept = current | set(_ask(["ps", "--all", "--format", "{{.Image}}"]))
        return sorted(tag for name in self.names() for tag in _built_tags(name) if tag not in kept)

    def remove(self, tag: str) -> None:
        """Remove one tag, and what no other tag shares with it. Raises EngineUnavailable."""
        _ask(["image", "rm", tag])

    def _revision(self) -> str:
        argv = ["git", "-C", str(self._root), "rev-parse", "HEAD"]
        try:
            asked = subprocess.run(argv, capture_output=True, text=True, check=False)
        except OSError:  # no git here
            return "unknown"
        return asked.stdout.strip() or "unknown"


def _build_command(image: Image, base: str, dockerfile: Path, revision: str) -> list[str]:
    labels = {
        TITLE_LABEL: image.name,
        "org.opencontainers.image.version": image.version,
        "org.opencontainers.image.revision": revision,
    }
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    # apt goes through the host's network: its resolver and its routes are known to work.
    return [
        *("docker", "build", "--network", "host", "--build-arg", f"BASE_IMAGE={base}"),
        *(*words, "--tag", image.tag, "--file", str(dockerfile)),
    ]


def _build_env() -> dict[str, str]:
    # Plain lines from BuildKit, where the client has it; the Dockerfiles build without it too.
    return {**os.environ, "BUILDKIT_PROGRESS": "plain"}


def _built_tags(name: str) -> list[str]:
    # Told from a registry's image, and from a tag that a person gave, by its label and its shape.
    ours = ["--filter", f"label={TITLE_LABEL}={name}", "--format", "{{.Repository}}:{{.Tag}}"]
    version = re.compile(rf"{name}:[0-9a-f]{{{VERSION_LENGTH}}}")
    return [tag for tag in _ask(["image", "ls", *ours, name]) if version.fullmatch(tag)]


def has_image(reference: str) -> bool:
    """Whether this machine's Docker engine holds the image. Raises EngineUnavailable."""
    return _inspect(reference) is not None


def tag(reference: str, name: str) -> None:
    """Give an image another name beside its own. Raises EngineUnavailable."""
    _ask(["tag", reference, name])


def untag(name: str) -> None:
    """Take that name away again. Raises EngineUnavailable."""
    _ask(["image", "rm", name])


def _inspect(reference: str) -> dict[str, Any] | None:
    answer = _docker(["image", "inspect", reference])
    if answer.returncode == 0:
        return dict(json.loads(answer.stdout)[0])
    if "no such image" in answer.stderr.lower():
        return None
    raise EngineUnavailable("Docker does not answer", detail=answer.stderr, hint="sre doctor --fix")


def _ask(words: Sequence[str]) -> list[str]:
    answer = _docker(words)
    if answer.returncode != 0:
        raise EngineUnavailable(
            f"`docker {' '.join(words[:2])} ...` failed", detail=answer.stderr, hint="sre doctor"
        )
    return answer.stdout.split()


def _docker(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *words], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"Docker does not answer: {error}", hint="sre doctor --fix") from None
