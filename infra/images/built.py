"""An image that is there when it is asked for."""

from __future__ import annotations

import os

from infra.images.docker_images import DockerImages
from infra.images.image_version import DEFAULT_BASE_IMAGE
from infra.toolchain.ensure import ensure
from sre_cli.specs.paths import project_root


def built_image(name: str) -> str:
    """The tag of the project's image `name`, which is built first where the Docker engine lacks it.

    Raises EngineUnavailable: when it cannot be built.
    """
    images = DockerImages(project_root(), ensure, os.environ.get("SRE_BASE_IMAGE") or DEFAULT_BASE_IMAGE)
    image = images.look(name)
    if not image.is_built:
        images.build(image)
    return image.tag
