"""The local cloud's parts as resources of a Pulumi program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pulumi
from pulumi.dynamic import Resource

from infra.clouds.local.container import Container
from infra.clouds.local.providers import ContainerProvider, ZoneProvider


class Zone(Resource, module="local", name="Zone"):
    """A network of its own."""

    def __init__(
        self, name: str, env: str, subnet: str, *, is_routed: bool, opts: pulumi.ResourceOptions | None = None
    ):
        props = {"name": name, "env": env, "subnet": subnet, "routed": is_routed}
        super().__init__(ZoneProvider(), name, props, opts)


@dataclass(frozen=True)
class Live:
    """Files that may change while a container runs, and how it takes them."""

    files: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    check: tuple[str, ...] = ()
    """Words that refuse a bad file on their standard input, before it is written; none accept everything."""
    reload: tuple[str, ...] = ()
    """Words run in the container once they are written; without any it starts anew."""


class Machine(Resource, module="local", name="Machine"):
    """A container that is kept as it should be."""

    state: pulumi.Output[str]

    def __init__(
        self,
        wanted: Container,
        group: str,
        live: Live = Live(),
        units: Sequence[str] = (),
        patience_s: int = 10,
        opts: pulumi.ResourceOptions | None = None,
    ):
        props = {
            "container": asdict(wanted),
            "live": dict(live.files),
            "check": list(live.check),
            "reload": list(live.reload),
            "units": list(units),
            "group": group,
            "patience_s": patience_s,
            "state": None,
        }
        # The files hold keys.
        secret = pulumi.ResourceOptions(additional_secret_outputs=["live"])
        super().__init__(ContainerProvider(), wanted.name, props, pulumi.ResourceOptions.merge(opts, secret))
