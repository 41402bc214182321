"""Where an environment lies on AWS, and how its resources are named and tagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from sre_cli.specs.cluster import ClusterSpec

ENV_TAG = "env"
"""On everything that costs money; a policy asks for it."""


@dataclass(frozen=True)
class Place:
    """What every component must know of the environment."""

    spec: ClusterSpec
    account: str
    """The AWS account's number."""

    @property
    def region(self) -> str:
        """The AWS region."""
        return self.spec.region

    def name(self, what: str) -> str:
        """A name within the account and the region."""
        return f"{self.spec.env}-{what}"

    def tags(self, what: str, **more: str) -> dict[str, str]:
        """The tags of a resource; `Name` is what the console shows."""
        return {**self.spec.tags, ENV_TAG: self.spec.env, "Name": self.name(what), **more}

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Site:
    """Where in the network something stands."""

    vpc_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Output[str]]
    """One a zone."""
    group_id: pulumi.Output[str]
    """Its security group."""


class Component(pulumi.ComponentResource):
    """A group of resources that `pulumi` shows as one.

    Its type and its children's names are part of the state: renaming one replaces it.
    """

    def __init__(self, kind: str, what: str, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__(f"sre:aws:{kind}", place.name(what), None, opts)
        self.place = place

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a resource that belongs to this component."""
        return pulumi.ResourceOptions(parent=self, **options)
