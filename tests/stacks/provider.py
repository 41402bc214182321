"""A Pulumi provider of ours that the real engine attaches to, in place of a cloud's (PULUMI_DEBUG_PROVIDERS).

The engine's protocol is here; what stands for the cloud (an emulator, the schemas of its API) is a `Backend`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import (
    ResourceProviderServicer,
    add_ResourceProviderServicer_to_server,
)

Properties = dict[str, Any]
"""Names as in Pulumi's schema, whole numbers as int; `pulumi.runtime.rpc.UNKNOWN` stands in a preview."""

MARKS = ("__defaults",)
"""Inputs that are the provider's own notes: the names that it made up."""


@dataclass(frozen=True)
class Resource:
    """One resource as the state holds it."""

    kind: str
    """Pulumi's token: `gcp:compute/network:Network`."""
    name: str
    """In the program, not in the cloud."""
    inputs: Properties
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    """All that `create` or `update` returned, on top of the inputs."""


@dataclass(frozen=True)
class Operation:
    """Something that was asked of the cloud."""

    verb: str
    """`create`, `read`, `update`, `delete` or `invoke`."""
    kind: str
    name: str


class Backend(Protocol):
    """What stands for the cloud. Whatever it raises, the engine reports as that resource's failure."""

    def name_key(self, kind: str) -> str | None:
        """The input that names the object, made up when the program leaves it out; None: there is none."""
        ...

    def replace_keys(self, kind: str) -> Collection[str]:
        """Inputs that cannot be changed in place."""
        ...

    def check(self, kind: str, inputs: Properties) -> list[str]:
        """What is wrong with the inputs; some may be unknown yet."""
        ...

    def create(self, kind: str, name: str, inputs: Properties) -> tuple[str, Properties]:
        """Make the object: its id, and what it has besides the inputs."""
        ...

    def read(self, resource: Resource) -> tuple[Properties, Properties] | None:
        """The inputs and outputs that the object has by now; None when it is gone."""
        ...

    def update(self, resource: Resource, inputs: Properties) -> Properties:
        """Change the object to `inputs`: what it has besides them."""
        ...

    def delete(self, resource: Resource) -> None:
        """Remove the object."""
        ...

    def invoke(self, function: str, arguments: Properties) -> Properties:
        """Answer a data source."""
        ...


class EmulatedProvider(ResourceProviderServicer):
    """Answers the engine as a bridged provider does: names made up keep a mark, and an object that is
    replaced under the same name is deleted first."""

    def __init__(self, backend: Backend, package: str) -> None:
        self.operations: list[Operation] = []
        self._backend = backend
        # The engine warns where the provider is older than the package that the program was written with.
        self._version = version(package)
        self._lock = threading.Lock()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": "emulated", "version": self._version})
        )

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        # No secrets: the engine marks by itself what comes of one.
        return provider_pb2.ConfigureResponse()

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, name = _kind_and_name(request.urn)
        inputs = {key: value for key, value in _plain(request.news).items() if key not in MARKS}
        key = self._backend.name_key(kind)
        if key is not None and key not in inputs:
            made_up = f"{name}-{request.randomSeed.hex()[:7]}"
            inputs |= {key: _plain(request.olds).get(key, made_up), "__defaults": [key]}
        mistakes = self._backend.check(kind, _without_marks(inputs))
        failures = [provider_pb2.CheckFailure(reason=mistake) for mistake in mistakes]
        return provider_pb2.CheckResponse(inputs=_struct(inputs), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, _ = _kind_and_name(request.urn)
        old, new = _plain(request.old_inputs), _plain(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        replaced = sorted(set(changed) & set(self._backend.replace_keys(kind)))
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if changed else none,
            diffs=changed,
            replaces=replaced,
            deleteBeforeReplace=bool(replaced) and self._keeps_name(kind, old, new),
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.preview:
            # What an object gets when it is made stays unknown.
            return provider_pb2.CreateResponse(properties=request.properties)
        kind, name = self._note("create", request.urn)
        inputs = _without_marks(_plain(request.properties))
        identity, outputs = self._backend.create(kind, name, inputs)
        return provider_pb2.CreateResponse(id=identity, properties=_struct(inputs | outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, name = self._note("read", request.urn)
        inputs = _plain(request.inputs)
        marks = {key: inputs[key] for key in MARKS if key in inputs}
        found = self._backend.read(_resource(kind, name, request.id, request.inputs, request.properties))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, inputs=_struct(found[0] | marks), properties=_struct(found[0] | found[1])
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.preview:
            return provider_pb2.UpdateResponse(
                properties=_struct(_plain(request.olds) | _plain(request.news))
            )
        kind, name = self._note("update", request.urn)
        resource = _resource(kind, name, request.id, request.old_inputs, request.olds)
        inputs = _without_marks(_plain(request.news))
        outputs = self._backend.update(resource, inputs)
        return provider_pb2.UpdateResponse(properties=_struct(inputs | outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, name = self._note("delete", request.urn)
        self._backend.delete(_resource(kind, name, request.id, request.old_inputs, request.properties))
        return Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        with self._lock:
            self.operations.append(Operation("invoke", request.tok, ""))
        answer = self._backend.invoke(request.tok, _plain(request.args))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})

    def _note(self, verb: str, urn: str) -> tuple[str, str]:
        kind, name = _kind_and_name(urn)
        with self._lock:
            self.operations.append(Operation(verb, kind, name))
        return kind, name

    def _keeps_name(self, kind: str, old: Properties, new: Properties) -> bool:
        key = self._backend.name_key(kind)
        return key is not None and "__defaults" not in new and old.get(key) == new.get(key)


@contextmanager
def serve(provider: EmulatedProvider) -> Iterator[int]:
    """Answer the engine until the block ends; the port on loopback."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=64), options=[("grpc.max_receive_message_length", 64 << 20)]
    )
    add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()


def attached(ports: Mapping[str, int]) -> dict[str, str]:
    """The engine's environment: which provider (`aws`, `gcp`) answers on which port."""
    return {"PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items())}


def _kind_and_name(urn: str) -> tuple[str, str]:
    # urn:pulumi:STACK::PROJECT::PARENT$KIND::NAME
    _, _, kinds, name = urn.split("::", 3)
    return kinds.rpartition("$")[2], name


def _resource(kind: str, name: str, identity: str, inputs: Struct, outputs: Struct) -> Resource:
    return Resource(kind, name, _without_marks(_plain(inputs)), identity, _plain(outputs))


def _without_marks(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if key not in MARKS}


def _struct(properties: Properties) -> Struct:
    struct = Struct()
    struct.update(properties)
    return struct


def _plain(struct: Struct) -> Properties:
    plain = _whole_numbers(MessageToDict(struct))
    return plain if isinstance(plain, dict) else {}


def _whole_numbers(value: Any) -> Any:
    # A Struct knows floating-point numbers only.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return [_whole_numbers(item) for item in value] if isinstance(value, list) else value
