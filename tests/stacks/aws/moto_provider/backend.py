"""AWS as the engine's tests see it: every resource of the stack is made in an emulator of AWS's API."""

from __future__ import annotations

import threading
from collections.abc import Collection
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from botocore.exceptions import ClientError

from tests.stacks.aws import moto_provider
from tests.stacks.aws.moto_provider.kind import Aws, Kind, Wanted
from tests.stacks.provider import Properties, Resource


class MotoBackend:
    """`tests.stacks.provider.Backend` over the kinds of the modules beside this one."""

    def __init__(self, region: str):
        self._aws = Aws(region)
        # The emulator is one process's memory, and not made for several callers.
        self._lock = threading.RLock()
        self._kinds = _collect("KINDS")
        self._functions = _collect("FUNCTIONS")

    def name_key(self, kind: str) -> str | None:
        """The input that names the object."""
        return self._kind(kind).name_key

    def replace_keys(self, kind: str) -> Collection[str]:
        """Inputs that cannot be changed in place."""
        return self._kind(kind).replaces

    def check(self, kind: str, inputs: Properties) -> list[str]:
        """Complain of what no mapping knows."""
        return [] if kind in self._kinds else [f"{kind} is not mapped to AWS's API"]

    def create(self, kind: str, name: str, inputs: Properties) -> tuple[str, Properties]:
        """Make it, with every input."""
        known = self._kind(kind)
        with self._lock:
            wanted = Wanted({key: value for key, value in inputs.items() if key not in known.ours})
            identity = known.create(self._aws, wanted)
            if wanted.left:
                raise AssertionError(f"{kind} {name}: not sent to AWS: {', '.join(wanted.left)}")
            return identity, known.read(self._aws, identity) or {}

    def read(self, resource: Resource) -> tuple[Properties, Properties] | None:
        """What it is by now."""
        with self._lock:
            facts = _unless_gone(self._kind(resource.kind), self._aws, resource.id)
        if facts is None:
            return None
        inputs = {key: facts.get(key, value) for key, value in resource.inputs.items()}
        return inputs, {**resource.outputs, **inputs, **facts}

    def update(self, resource: Resource, inputs: Properties) -> Properties:
        """Change it in place."""
        known = self._kind(resource.kind)
        if known.update is None:
            raise AssertionError(f"{resource.kind} {resource.name}: cannot be changed in place")
        with self._lock:
            wanted = Wanted({key: value for key, value in inputs.items() if key not in known.ours})
            known.update(self._aws, resource.id, resource.inputs, wanted)
            return known.read(self._aws, resource.id) or {}

    def delete(self, resource: Resource) -> None:
        """Remove it."""
        with self._lock:
            self._kind(resource.kind).delete(self._aws, resource.id, resource.inputs)

    def invoke(self, function: str, arguments: Properties) -> Properties:
        """Answer a data source."""
        with self._lock:
            answer: Properties = self._functions[function](self._aws, arguments)
            return answer

    def _kind(self, kind: str) -> Kind:
        known: Kind = self._kinds[kind]
        return known


def _collect(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in iter_modules(moto_provider.__path__):
        found |= getattr(import_module(f"{moto_provider.__name__}.{module.name}"), name, {})
    return found


def _unless_gone(kind: Kind, aws: Aws, identity: str) -> dict[str, Any] | None:
    try:
        return kind.read(aws, identity)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if "NotFound" in code or "NoSuch" in code:
            return None
        raise
