"""What `sre images prune` keeps, against a pretended `docker`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.images.docker_images import DockerImages
from infra.images.image_version import image_version
from sre_cli.errors import EngineUnavailable

DOCKER = """#!/bin/sh
case "$1 $2" in
"ps --all") cat containers ;;
"image ls") cat images ;;
"image rm") grep -qx "$3" images && echo "$3" >>removed || { echo conflict >&2; exit 1; } ;;
esac
"""


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DockerImages:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "Dockerfile").write_text("FROM x\n")
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "containers").write_text("services:bbbbbbbbbbbb\nredis:7\n")
    current = f"services:{image_version(tmp_path, 'services')}"
    tags = [current, "services:aaaaaaaaaaaa", "services:bbbbbbbbbbbb", "services:mine", "services:<none>"]
    (tmp_path / "images").write_text("\n".join(tags) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return DockerImages(tmp_path, lambda _: {})


def test_the_current_one_those_of_containers_and_those_named_by_people_stay(images: DockerImages) -> None:
    assert images.old() == ["services:aaaaaaaaaaaa"]


def test_the_version_of_another_base_is_old(tmp_path: Path, images: DockerImages) -> None:
    current = f"services:{image_version(tmp_path, 'services')}"
    assert current in DockerImages(tmp_path, lambda _: {}, "debian:12").old()


def test_an_old_one_is_removed(tmp_path: Path, images: DockerImages) -> None:
    images.remove("services:aaaaaaaaaaaa")
    assert (tmp_path / "removed").read_text() == "services:aaaaaaaaaaaa\n"


def test_what_docker_does_not_let_go_of_is_told(images: DockerImages) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        images.remove("services:cccccccccccc")
    assert caught.value.detail == "conflict\n"
