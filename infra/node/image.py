"""The image that the nodes of the cloud `local` are containers of."""

from __future__ import annotations

from infra.images.built import built_image


def node_image() -> str:
    """Its tag; built first where the Docker engine lacks it. Raises EngineUnavailable."""
    return built_image("node")
