"""What a Pulumi program declares, without an engine: mocks note every resource."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
from google.protobuf.json_format import MessageToJson
from pulumi.runtime import mocks

from infra.identity import Identity
from infra.policy import Resource


class Plan:
    """Every resource that `program` declares in `stack`; `answers` makes up what the clouds would tell it."""

    def __init__(self, stack: str, answers: mocks.Mocks, program: Callable[[], Any]):
        self.outputs: Any = None
        monitor = _Monitor(answers)
        mocks.set_mocks(answers, project="sre", stack=stack, monitor=monitor)
        pulumi.runtime.test(lambda: self._run(program))()  # type: ignore[no-untyped-call]
        self.urns = sorted(monitor.declared)
        self.resources = [monitor.declared[urn] for urn in self.urns]

    def _run(self, program: Callable[[], Any]) -> pulumi.Output[None]:
        return pulumi.Output.from_input(program()).apply(lambda outputs: setattr(self, "outputs", outputs))

    def of(self, *kinds: str) -> list[Resource]:
        """The resources of these kinds (`aws:ec2:Subnet`)."""
        return [one for one in self.resources if one.kind in kinds]

    def of_package(self, package: str) -> list[Resource]:
        """The resources of a provider's package (`aws`)."""
        return [one for one in self.resources if one.type.startswith(f"{package}:")]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """The inputs of the one resource of that kind and name."""
        (found,) = (one for one in self.of(kind) if one.name == name)
        return dict(found.properties)


class _Monitor(mocks.MockMonitor):
    """Notes the parents too, which the mocks are not told."""

    def __init__(self, answers: mocks.Mocks):
        super().__init__(answers)
        self.declared: dict[str, Resource] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if not request.type.startswith("pulumi:pulumi:"):
            inputs = json.loads(MessageToJson(request.object), parse_float=_number)
            self.declared[response.urn] = Resource(request.type, request.name, inputs, request.parent)
        return response


def _number(text: str) -> int | float:
    # The engine's messages know floating-point numbers only.
    return int(float(text)) if float(text).is_integer() else float(text)


def identity() -> Identity:
    """Secrets that can be told apart."""
    secret = pulumi.Output.secret
    return Identity(
        ca_pem=pulumi.Output.from_input("ca"),
        server_bundle=secret("server-bundle"),
        client_bundle=secret("client-bundle"),
        nomad_token=secret("nomad-token"),
        consul_token=secret("consul-token"),
        passwords={"postgres": secret("postgres-password"), "redis": secret("redis-password")},
    )
