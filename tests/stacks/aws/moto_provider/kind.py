"""How one type of resource is made, read, changed and removed through AWS's API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3

from tests.stacks.provider import Properties

Facts = dict[str, Any]
"""What AWS says of an object, under Pulumi's names: outputs, and inputs that others may have changed."""


class Aws:
    """Clients of the emulator, one a service."""

    def __init__(self, region: str):
        self._client = cache(lambda service: boto3.client(service, region_name=region))

    def __getattr__(self, service: str) -> Any:
        return self._client(service)


class Wanted:
    """The inputs of a resource on their way to AWS: what nobody takes was not sent, and that is a mistake."""

    def __init__(self, inputs: Properties):
        self._inputs = inputs
        self._left = set(inputs)

    def __getitem__(self, key: str) -> Any:
        self._left.discard(key)
        return self._inputs[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The input, or `default`."""
        self._left.discard(key)
        return self._inputs.get(key, default)

    def sent(self, *keys: str) -> dict[str, Any]:
        """Those inputs that are given, under AWS's names (first letter large)."""
        return {pascal(key): pascals(self[key]) for key in keys if key in self._inputs}

    def tags(self) -> list[dict[str, str]]:
        """The tags as most services take them."""
        return [{"Key": key, "Value": value} for key, value in self.get("tags", {}).items()]

    @property
    def left(self) -> list[str]:
        """What was not taken."""
        return sorted(self._left)


@dataclass(frozen=True)
class Kind:
    """One type. `create` answers the id, `read` None for an object that is gone."""

    create: Callable[[Aws, Wanted], str]
    read: Callable[[Aws, str], Facts | None]
    delete: Callable[[Aws, str, Properties], None]
    update: Callable[[Aws, str, Properties, Wanted], None] | None = None
    """From the old inputs to the new ones; None: nothing of it can be changed in place."""
    replaces: tuple[str, ...] = ()
    """Inputs that cannot be changed in place, where others can."""
    name_key: str | None = None
    """The input that Pulumi makes up where the program leaves it out."""
    ours: tuple[str, ...] = field(default=())
    """Inputs that are for the provider itself and not for AWS."""


def pascal(key: str) -> str:
    """`cidrBlock` -> `CidrBlock`."""
    return key[0].upper() + key[1:]


def pascals(value: Any) -> Any:
    """The same for every key of a structure."""
    if isinstance(value, Mapping):
        return {pascal(key): pascals(item) for key, item in value.items()}
    return [pascals(item) for item in value] if isinstance(value, list) else value


def nothing(*_: Any) -> None:
    """For what AWS has no call for: it goes with the object that it belongs to."""
