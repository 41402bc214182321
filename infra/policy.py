"""What no cluster may be: every module of `infra.policies` says one rule over the resources of a plan.

The same rules run over what the components declare in their tests and over the real plan of
`sre infra preview` and `up`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from infra import policies

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that only exists once the resource does."""


@dataclass(frozen=True)
class Resource:
    """One resource as it is declared."""

    type: str
    """The engine's token, e.g. `aws:ec2/launchTemplate:LaunchTemplate`."""
    name: str
    properties: Mapping[str, Any]
    """Inputs under the provider's own names (camelCase)."""
    parent: str = ""
    """The parent's URN."""

    @property
    def kind(self) -> str:
        """The token without its repetition: `aws:ec2:LaunchTemplate`."""
        package, _, rest = self.type.partition(":")
        module, _, name = rest.partition(":")
        return f"{package}:{module.partition('/')[0]}:{name}"

    def parts(self, *path: str) -> list[Mapping[str, Any]]:
        """The mappings found at `path`, whether they stand alone or in lists."""
        found: list[Any] = [self.properties]
        for key in path:
            found = [one for part in found for one in _listed(part.get(key))]
        return [part for part in found if isinstance(part, Mapping)]


@dataclass(frozen=True)
class Violation:
    """One rule that one resource breaks."""

    policy: str
    """Name of the module in `infra.policies`."""
    type: str
    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.policy}: {self.type} {self.name}: {self.message}"


Finding = tuple[Resource, str]
"""What a policy yields: a resource, and what is wrong with it."""


def check(resources: Iterable[Resource]) -> list[Violation]:
    """Every violation of every policy."""
    plan = list(resources)
    return [
        Violation(name, resource.kind, resource.name, message)
        for name in names()
        for resource, message in _findings(name, plan)
    ]


def names() -> list[str]:
    """The policies there are."""
    return [module.name for module in iter_modules(policies.__path__)]


def of_kind(plan: Iterable[Resource], *kinds: str) -> Iterator[Resource]:
    """The resources of these kinds."""
    return (resource for resource in plan if resource.kind in kinds)


def is_paired(
    plan: Sequence[Resource], owner: Resource, owners: Sequence[str], partners: Sequence[str]
) -> bool:
    """Whether one of `partners` is the owner's child, or there are enough of them for all owners beside it.

    Kinds are given. The owner's id, by which its partner names it, is unknown in a preview.
    """
    parents = [partner.parent for partner in of_kind(plan, *partners)]
    if any(parent.endswith(f"::{owner.name}") for parent in parents if parent != owner.parent):
        return True
    beside = sum(one.parent == owner.parent for one in of_kind(plan, *owners))
    return parents.count(owner.parent) >= beside


def _findings(name: str, plan: Sequence[Resource]) -> Iterator[Finding]:
    findings: Iterator[Finding] = import_module(f"{policies.__name__}.{name}").findings(plan)
    return findings


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
