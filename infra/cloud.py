"""What a cloud provides: one module of `infra.clouds`, found by name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from infra import clouds
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs


class Cloud(Protocol):
    """Makes and unmakes the cluster of an environment; both may be run again at any time."""

    def up(self, spec: ClusterSpec) -> Outputs:
        """Bring the cluster to what `spec` says, and write its outputs."""
        ...

    def destroy(self, spec: ClusterSpec, *, purge: bool) -> None:
        """Stop every job, let the containers drain, end the cluster; `purge` removes its data too."""
        ...


def load_cloud(name: str) -> Cloud:
    """The cloud of module `infra.clouds.<name>`.

    Raises UsageError: when there is none.
    """
    known = [module.name for module in iter_modules(clouds.__path__)]
    if name not in known:
        raise UsageError(f"no cloud {name!r}", hint=f"known clouds: {', '.join(known)}")
    return cast("Cloud", import_module(f"{clouds.__name__}.{name}").CLOUD)
