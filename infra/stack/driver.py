"""The operations on one environment's stack."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import automation

from infra.policy import check
from infra.progress import step
from infra.stack.cli import Cli
from infra.stack.complaints import Said, complaint
from infra.stack.leftovers import end_pending, free_lock
from infra.stack.plan import Plan, name_of, plan_of
from infra.stack.recorder import Recorder
from infra.stack.workshop import PROJECT, SECRETS_PROVIDER, Workshop
from sre_cli.errors import SreError

PARALLEL = 16
LOOPBACK = "127.0.0.1,localhost"
Program = Callable[[], None]


class Driver:
    """Pulumi on one environment. The caller keeps other runs out (see `infra.exclusive`).

    Every operation raises EngineUnavailable: when Pulumi or a resource fails; the error that the program
    raised: when it is one of ours; KeyboardInterrupt: once what was under way has ended.
    """

    def __init__(self, env: str, workshop: Workshop, program: Program):
        workshop.prepare()
        # Pulumi, this process and the hosts of resources talk over loopback: no proxy can help there.
        os.environ.setdefault("no_grpc_proxy", LOOPBACK)
        self._env = env
        self._workshop = workshop
        self._raised: SreError | None = None
        self._cli = Cli(workshop.folder)
        with self._explained([]):
            self._stack = self._open(program)

    def preview(self) -> Plan:
        """What `up` would change, and the policies that it would break."""
        with self._run(f"plan {self._env}", is_rehearsal=True) as recorder:
            self._stack.preview(on_event=recorder, color="never", parallel=PARALLEL)
        return plan_of(self._env, recorder.planned, check(recorder.resources()))

    def up(self) -> Plan:
        """Make what is what is wanted, whatever was changed by hand; what was done."""
        self._mend()
        with self._run(f"apply {self._env}") as recorder:
            self._stack.up(on_event=recorder, color="never", parallel=PARALLEL, refresh=True)
        return plan_of(self._env, recorder.done)

    def refresh(self) -> Plan:
        """Take what is into the state; what differed."""
        self._mend()
        found = self.drift()
        with self._run(f"take it into the state of {self._env}") as recorder:
            self._stack.refresh(on_event=recorder, color="never", parallel=PARALLEL)
        return found

    def drift(self) -> Plan:
        """What differs from the state by somebody else's doing; nothing is changed."""
        with self._run(f"compare {self._env} with what is there", is_rehearsal=True) as recorder:
            self._stack.preview_refresh(on_event=recorder, color="never", parallel=PARALLEL)
        return plan_of(self._env, recorder.done)

    def destroy(self) -> Plan:
        """Remove every resource and the stack; what was removed."""
        self._mend()
        with self._run(f"destroy {self._env}") as recorder:
            self._stack.destroy(on_event=recorder, color="never", parallel=PARALLEL, refresh=True)
            self._stack.workspace.remove_stack(self._stack.name)
        return plan_of(self._env, recorder.done)

    def outputs(self) -> dict[str, Any]:
        """What the stack exports, secrets in plain."""
        with self._explained([]):
            return {name: output.value for name, output in self._stack.outputs().items()}

    def resources(self) -> list[tuple[str, str]]:
        """(type, name) of every resource in the state."""
        return [(one["type"], name_of(one["urn"])) for one in self._state()]

    def generation(self, kind: str) -> int:
        """The highest that a resource of a type ending in `kind` was made with; 0 where there is none."""
        found = [one.get("outputs", {}) for one in self._state() if one["type"].endswith(kind)]
        return max((int(outputs.get("generation", 0)) for outputs in found), default=0)

    def _state(self) -> list[dict[str, Any]]:
        workspace = self._stack.workspace
        with self._explained([]):
            words = ["stack", "export", "--stack", self._stack.name]
            text = self._cli.run(words, workspace.work_dir, workspace.env_vars).stdout
        found: list[dict[str, Any]] = json.loads(text).get("deployment", {}).get("resources") or []
        return found

    def _open(self, program: Program) -> automation.Stack:
        folder = str(self._workshop.project_folder)
        options = automation.LocalWorkspaceOptions(
            work_dir=folder,
            env_vars=self._workshop.environment(),
            secrets_provider=os.environ.get(SECRETS_PROVIDER),
            project_settings=automation.ProjectSettings(PROJECT, "python", main=folder),
            pulumi_command=self._cli,
        )
        return automation.create_or_select_stack(
            self._env, project_name=PROJECT, program=lambda: self._declare(program), opts=options
        )

    def _declare(self, program: Program) -> None:
        try:
            program()
        except SreError as error:
            self._raised = error
            raise

    def _mend(self) -> None:
        with self._explained([]):
            if self._workshop.state_folder:
                free_lock(self._stack, self._workshop.state_folder)
            end_pending(self._stack)

    @contextmanager
    def _run(self, title: str, *, is_rehearsal: bool = False) -> Iterator[Recorder]:
        with step(title) as watch:
            recorder = Recorder(watch, is_rehearsal=is_rehearsal)
            self._cli.on_wait = recorder.tick
            with self._explained(recorder.errors):
                yield recorder

    @contextmanager
    def _explained(self, said: list[Said]) -> Iterator[None]:
        try:
            yield
        except automation.CommandError as error:
            raise self._raised or complaint(self._env, str(error), said) from None
        finally:
            self._cli.on_wait = lambda: None
