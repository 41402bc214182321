"""A project of Google Cloud in memory: it takes what the APIs take, and keeps references whole."""

from __future__ import annotations

import copy
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tests.stacks.gcp.discovery import mistakes
from tests.stacks.gcp.kind import ALL, LOCAL, Kind
from tests.stacks.gcp.kinds import KINDS
from tests.stacks.gcp.needs import outputs_of, required
from tests.stacks.provider import Properties, Resource
from tests.unit.infra.clouds.gcp.plan import ANSWERS, PROJECT

PREFIXES = (
    "https://www.googleapis.com/compute/v1/",
    "//certificatemanager.googleapis.com/",
    "logging.googleapis.com/",
    "serviceAccount:",
)
KEPT_NAMES = ("kms/keyRing:KeyRing", "sql/databaseInstance:DatabaseInstance", "logging/projectBucketConfig")
"""Kinds whose names Google does not give away again, for a week or for ever."""

ASKED_OF = {
    "gcp:organizations/getProject:getProject": "cloudresourcemanager",
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": "logging",
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": "storage",
}
"""The APIs behind data sources, but for DNS: where there is a zone, its API is on."""


class Refused(Exception):
    """What the API would answer with 400, 404 or 409."""


@dataclass
class Object:
    """Something that is there."""

    token: str
    inputs: Properties
    needs: set[str]
    """Addresses of the objects that it refers to."""


class Project:
    """`tests.stacks.provider.Backend` for pulumi-gcp."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        self._seen: dict[str, set[str]] = {}
        self._lock = threading.RLock()

    def name_key(self, kind: str) -> str | None:
        """The input that names the object."""
        found = KINDS.get(_short(kind))
        return found.name_key if found else None

    def replace_keys(self, kind: str) -> Collection[str]:
        """Inputs that cannot be changed in place."""
        fixed = KINDS[_short(kind)].fixed if _short(kind) in KINDS else ()
        return self._seen.get(kind, set()) if fixed == ALL else fixed

    def check(self, kind: str, inputs: Properties) -> list[str]:
        """Refuses kinds that nobody wrote down."""
        self._seen.setdefault(kind, set()).update(inputs)
        known = _short(kind) in KINDS or kind.startswith("pulumi:")
        return [] if known else [f"which request does {kind} stand for? tests/stacks/gcp/kinds.py"]

    def create(self, kind: str, name: str, inputs: Properties) -> tuple[str, Properties]:
        """Make the object, if the API would. Raises Refused."""
        token = _short(kind)
        identity = KINDS[token].id.format(**_full(inputs))
        with self._lock:
            if identity in self.objects or identity in self._taken:
                raise Refused(f"{identity} already exists")
            self._put(token, identity, inputs)
            return identity, outputs_of(token, identity, inputs)

    def read(self, resource: Resource) -> tuple[Properties, Properties] | None:
        """What is there."""
        found = self.objects.get(resource.id)
        if found is None:
            return None
        return copy.deepcopy(found.inputs), outputs_of(found.token, resource.id, found.inputs)

    def update(self, resource: Resource, inputs: Properties) -> Properties:
        """Change the object, if the API would. Raises Refused."""
        with self._lock:
            self._put(_short(resource.kind), resource.id, inputs)
        return outputs_of(_short(resource.kind), resource.id, inputs)

    def delete(self, resource: Resource) -> None:
        """Remove the object. Raises Refused: while something refers to it, or it is protected."""
        with self._lock:
            users = sorted(name for name, one in self.objects.items() if resource.id in one.needs)
            if users:
                raise Refused(f"{resource.id} is in use by {', '.join(users)}")
            found = self.objects[resource.id]
            if found.inputs.get("settings", {}).get("deletionProtectionEnabled"):
                raise Refused(f"{resource.id}: deletion protection is enabled")
            if found.token.startswith(KEPT_NAMES):
                self._taken.add(resource.id)
            del self.objects[resource.id]

    def invoke(self, function: str, arguments: Properties) -> Properties:
        """Answer a data source. Raises Refused: while its API is off."""
        api = ASKED_OF.get(function)
        if api and f"{PROJECT}/{api}.googleapis.com" not in self.objects:
            raise Refused(f"{function}: {api} is off")
        return ANSWERS[function]

    def of(self, token: str) -> dict[str, Properties]:
        """The objects of a kind, by address."""
        return {identity: one.inputs for identity, one in self.objects.items() if one.token == token}

    def _put(self, token: str, identity: str, inputs: Properties) -> None:
        kind = KINDS[token]
        found = mistakes(kind.document, kind.method, _body(kind, inputs))
        if found:
            raise Refused(f"{identity}: {'; '.join(found)}")
        there = {name: one.inputs for name, one in self.objects.items()}
        needs = {*self._references(kind, inputs), *required(token, _full(inputs), there)}
        for value in outputs_of(token, identity, inputs).values():
            if isinstance(value, str):
                self._names[value] = identity
        missing = sorted(need for need in needs if need not in self.objects)
        if missing:
            raise Refused(f"{identity}: there is no {', '.join(missing)}")
        self.objects[identity] = Object(token, copy.deepcopy(inputs), needs)

    def _references(self, kind: Kind, inputs: Properties) -> Iterator[str]:
        for key, address in kind.refers:
            if key.partition(".")[0] in inputs:
                yield address.format(**_full(inputs))
        for text in _texts(inputs):
            bare = text
            for prefix in PREFIXES:
                bare = bare.removeprefix(prefix)
            if bare.startswith(f"projects/{PROJECT}/"):
                yield self._names.get(text, bare)
            elif bare.endswith(f"@{PROJECT}.iam.gserviceaccount.com"):
                yield f"projects/{PROJECT}/serviceAccounts/{bare}"


def _short(kind: str) -> str:
    return kind.removeprefix("gcp:")


def _full(inputs: Properties) -> Properties:
    return {"project": PROJECT, **inputs}


def _body(kind: Kind, inputs: Properties) -> dict[str, Any]:
    known = {key: value for key, value in inputs.items() if key not in LOCAL and key not in kind.address}
    return kind.shape(copy.deepcopy(known))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
