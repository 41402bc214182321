"""What a resource type is to the project: the request that it stands for, and what may change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tests.stacks.gcp.bodies import Shape

LOCAL = frozenset({"project", "deletionPolicy"})
"""Inputs of the provider alone, or of every request's address."""


@dataclass(frozen=True)
class Kind:
    """One resource type."""

    document: str
    method: str
    id: str
    """The object's address, from the inputs."""
    address: Collection[str] = ()
    """Inputs that are in the request's address, not in its body."""
    shape: Shape = dict
    name_key: str | None = "name"
    fixed: Collection[str] = ("name",)
    """Inputs that cannot be changed in place."""
    refers: tuple[tuple[str, str], ...] = ()
    """Inputs that name another object: with the address that they name."""

    @property
    def api(self) -> str:
        """What must be on before anything can be made."""
        return f"{self.document.partition('.')[0]}.googleapis.com"


GLOBAL = "projects/{project}/global"
REGION = "projects/{project}/regions/{region}"
PLACE = "projects/{project}/locations/{location}"
ALL = ("*",)
"""Every change makes another object."""
