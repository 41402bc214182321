"""Where an environment lies on Google Cloud, and how its resources are named and labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from sre_cli.specs.cluster import ClusterSpec

ENV_LABEL = "env"
"""On everything that costs money and takes labels; a policy asks for it."""


@dataclass(frozen=True)
class Place:
    """What every component must know of the environment."""

    spec: ClusterSpec
    project: str

    @property
    def region(self) -> str:
        """The region that everything is kept in."""
        return self.spec.region

    @property
    def labels(self) -> dict[str, str]:
        """The labels of a resource."""
        return {**self.spec.tags, ENV_LABEL: self.spec.env}

    def name(self, what: str) -> str:
        """A name within the project."""
        return f"{self.spec.env}-{what}"


class Component(pulumi.ComponentResource):
    """A group of resources that `pulumi` shows as one.

    Its type and its children's names are part of the state: renaming one replaces it.
    """

    def __init__(self, kind: str, what: str, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__(f"sre:gcp:{kind}", place.name(what), None, opts)
        self.place = place
        self._needs = opts.depends_on if opts else None

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource that belongs to this component; it waits for what the component waits for."""
        # A component's own `depends_on` does not reach its children.
        own = pulumi.ResourceOptions(parent=self, depends_on=self._needs)
        return pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(**options))


def after(value: pulumi.Output[str], *others: pulumi.Output[Any]) -> pulumi.Output[str]:
    """`value`, once the others are there too: who takes it waits for them."""
    return pulumi.Output.all(value, *others).apply(lambda known: str(known[0]))
