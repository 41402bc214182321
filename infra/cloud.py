"""What a cloud provides: one package of `infra.clouds`, found by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast, runtime_checkable

from infra import clouds
from infra.identity import Identity
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable


class Cloud(Protocol):
    """Declares the cluster of an environment as Pulumi resources."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Before Pulumi starts, to destroy as well: what the machine that runs it must have.

        Raises UsageError or EngineUnavailable: with the command that mends it.
        """
        ...

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """Declare every resource; the stack's outputs, named as in `sre_cli.specs.outputs.StackOutputs`."""
        ...


@runtime_checkable
class Hosting(Protocol):
    """A cloud whose machines stand on the one that runs Pulumi."""

    def make_room(self, spec: ClusterSpec) -> None:
        """Before anything is planned or made: what only that needs.

        Raises UsageError or EngineUnavailable: when there is no room.
        """
        ...


@runtime_checkable
class Sweeping(Protocol):
    """A cloud that can tell what belongs to an environment, whether or not its stack knows."""

    def remains(self, spec: ClusterSpec) -> list[str]:
        """The names of the environment's machines that are there."""
        ...

    def sweep(self, spec: ClusterSpec) -> None:
        """Before the stack is destroyed: remove it all at once, what a crash left behind too."""
        ...


@runtime_checkable
class Resizing(Protocol):
    """A cloud whose pools have the size that this project keeps."""

    def resize(self, spec: ClusterSpec, pool: str, size: int) -> None:
        """Keep `size` for the next `up`.

        Raises UsageError: when there is no such pool, or the spec does not allow the size.
        """
        ...


def load_cloud(name: str) -> Cloud:
    """The cloud of package `infra.clouds.<name>`.

    Raises UsageError: when there is none.
    """
    known = [module.name for module in iter_modules(clouds.__path__)]
    if name not in known:
        raise UsageError(f"no cloud {name!r}", hint=f"known clouds: {', '.join(known)}")
    return cast("Cloud", import_module(f"{clouds.__name__}.{name}").CLOUD)
