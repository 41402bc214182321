"""What Pulumi would change, or did: from the engine's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pulumi.automation import StepEventMetadata

from infra.policy import Resource, Violation

Op = Literal["create", "update", "replace", "delete"]
OPS: tuple[Op, ...] = ("create", "update", "replace", "delete")
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key by which the engine marks a secret
OWN_KEYS = {"__provider"}
"""Properties that the engine added."""


@dataclass(frozen=True)
class Change:
    """One resource that differs from what is wanted."""

    op: Op
    type: str
    name: str
    properties: tuple[str, ...] = ()
    """Which of them changed, where it is an update or a replacement."""


@dataclass(frozen=True)
class Plan:
    """Everything a run would change, and the rules that it would break."""

    env: str
    changes: tuple[Change, ...]
    unchanged: int
    violations: tuple[Violation, ...] = ()

    def counts(self) -> dict[Op, int]:
        """How many of each operation, those with none left out."""
        found = {op: sum(change.op == op for change in self.changes) for op in OPS}
        return {op: count for op, count in found.items() if count}


def plan_of(env: str, steps: Iterable[StepEventMetadata], violations: Iterable[Violation] = ()) -> Plan:
    """The plan that the engine's steps make up."""
    wanted = [step for step in steps if is_ours(step.type)]
    changes = [change_of(step) for step in wanted if step.op.value in OPS]
    # The engine's order is another one every time.
    changes.sort(key=lambda change: (OPS.index(change.op), change.type, change.name))
    return Plan(env, tuple(changes), sum(step.op.value == "same" for step in wanted), tuple(violations))


def change_of(step: StepEventMetadata) -> Change:
    """One step in our words."""
    op: Op = next(op for op in OPS if op == step.op.value)
    return Change(op, short_type(step.type), name_of(step.urn), _changed(step) if _is_partial(op) else ())


def resource_of(step: StepEventMetadata) -> Resource | None:
    """What the step declares, for the policies; None for what goes."""
    if step.new is None:
        return None
    properties = {key: plain(value) for key, value in (step.new.inputs or {}).items()}
    return Resource(step.type, name_of(step.urn), properties, step.new.parent)


def is_ours(type_: str) -> bool:
    """Whether it is a resource that somebody declared, not the engine's own."""
    return not type_.startswith(("pulumi:pulumi:", "pulumi:providers:"))


def name_of(urn: str) -> str:
    """A URN's last part."""
    return urn.rpartition("::")[2]


def short_type(type_: str) -> str:
    """`aws:ec2/vpc:Vpc` as `aws:ec2:Vpc`, `pulumi-python:dynamic/local:Node` as `local:Node`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.partition(":")
    if package == "pulumi-python":
        return f"{module.removeprefix('dynamic/')}:{name}"
    return f"{package}:{module.partition('/')[0]}:{name}"


def plain(value: Any) -> Any:
    """A property without the engine's wrapping of secrets."""
    if isinstance(value, Mapping):
        return "[secret]" if SECRET in value else {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def _is_partial(op: Op) -> bool:
    return op in ("update", "replace")


def _changed(step: StepEventMetadata) -> tuple[str, ...]:
    said = {path.partition(".")[0].partition("[")[0] for path in step.detailed_diff or {}}
    said |= {*(step.diffs or ()), *(step.keys or ())}
    return tuple(sorted((said or _compared(step)) - OWN_KEYS))


def _compared(step: StepEventMetadata) -> set[str]:
    """Our own resources name no properties: compare what is, and what is wanted, with what was."""
    if not (step.old and step.new):
        return set()
    before = {**(step.old.inputs or {}), **(step.old.outputs or {})}
    after = {**(step.new.outputs or {}), **(step.new.inputs or {})}
    if step.old.inputs == step.new.inputs:
        after = {**after, **(step.new.outputs or {})}
    return {key for key in before.keys() & after.keys() if before[key] != after[key]}
