"""Listens to the engine: what it plans, what it has done, what went wrong; and shows it."""

from __future__ import annotations

import time

from pulumi.automation import DiagnosticEvent, EngineEvent, StepEventMetadata

from infra.policy import Resource
from infra.progress import Step
from infra.stack.complaints import Said
from infra.stack.plan import is_ours, name_of, resource_of, short_type

MARKS = {
    "create": "+",
    "create-replacement": "+",
    "update": "~",
    "delete": "-",
    "delete-replaced": "-",
}
"""Steps that are worth a line, and how it begins."""
SHOWN = 3
"""Names of resources under way that one line has room for."""


class Recorder:
    """The events of one run. Called on a thread of Pulumi's, read when the run is over."""

    def __init__(self, watch: Step, *, is_rehearsal: bool = False):
        self.planned: list[StepEventMetadata] = []
        self.done: list[StepEventMetadata] = []
        self.errors: list[Said] = []
        self._watch = watch
        self._is_rehearsal = is_rehearsal
        self._under_way: dict[str, float] = {}

    def __call__(self, event: EngineEvent) -> None:
        """Take one event."""
        if event.resource_pre_event:
            self._begun(event.resource_pre_event.metadata)
        if event.res_outputs_event:
            self._ended(event.res_outputs_event.metadata)
        if event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata)
        if event.diagnostic_event:
            self._said(event.diagnostic_event)

    def tick(self) -> None:
        """Show that the run is alive."""
        names = [name_of(urn) for urn in list(self._under_way)]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self._watch.tick(f"{', '.join(names[:SHOWN])}{more}")

    def resources(self) -> list[Resource]:
        """Everything that the program declared."""
        found = (resource_of(step) for step in self.planned if step.op.value != "delete")
        return [resource for resource in found if resource]

    def _begun(self, step: StepEventMetadata) -> None:
        self.planned.append(step)
        if step.op.value in MARKS and not self._is_rehearsal:
            self._under_way[step.urn] = time.monotonic()

    def _ended(self, step: StepEventMetadata) -> None:
        self.done.append(step)
        began = self._under_way.pop(step.urn, None)
        if began is not None and is_ours(step.type):
            self._show(MARKS[step.op.value], step, time.monotonic() - began)
        elif step.op.value == "refresh" and step.new is None:
            self._watch.say(f"! {short_type(step.type)} {name_of(step.urn)} is gone")

    def _failed(self, step: StepEventMetadata) -> None:
        began = self._under_way.pop(step.urn, time.monotonic())
        self._show("! failed:", step, time.monotonic() - began)

    def _said(self, diagnostic: DiagnosticEvent) -> None:
        if diagnostic.severity == "error":
            self.errors.append((name_of(diagnostic.urn or ""), diagnostic.message))

    def _show(self, mark: str, step: StepEventMetadata, seconds: float) -> None:
        self._watch.say(f"{mark} {short_type(step.type)} {name_of(step.urn)} ({seconds:.1f} s)")
