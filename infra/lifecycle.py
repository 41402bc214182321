"""What `sre infra` does to an environment, from before Pulumi starts until the cluster is healthy."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.cloud import Hosting, Resizing, Sweeping, load_cloud
from infra.cluster import declare
from infra.exclusive import exclusive
from infra.identity import Generations
from infra.prices import load_prices
from infra.progress import step
from infra.settle import keep_outputs, settle
from infra.stack.driver import Driver
from infra.stack.plan import Change, Plan
from infra.stack.workshop import Workshop
from sre_cli.errors import EngineUnavailable, Refused, UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs, StackExports
from sre_cli.specs.paths import state_dir


@dataclass(frozen=True)
class Brought:
    """What `up` came to."""

    env: str
    changes: tuple[Change, ...]
    outputs: str
    """The file that holds them."""
    seconds: float


class Environment:
    """One cluster of `stacks/clusters/`. Each operation waits until no other is at it.

    Every one raises EngineUnavailable: when Pulumi or a resource fails; UsageError: when this machine lacks
    what the cloud needs.
    """

    def __init__(self, spec: ClusterSpec):
        self._spec = spec
        self._cloud = load_cloud(spec.cloud)

    def preview(self) -> Plan:
        """What `up` would change; nothing is."""
        self._make_room()
        with self._driver() as driver:
            return driver.preview()

    def up(self, generations: Generations | None = None) -> Brought:
        """Bring the cluster up, or heal it; what is already right is left alone.

        `generations` higher than those of the state make secrets anew.

        Raises Refused: before anything is changed, when the plan breaks a policy, or the cluster stands but
        its state is lost. EngineUnavailable: also when the cluster does not become healthy.
        """
        began = time.monotonic()
        self._make_room()
        with self._driver(generations) as driver:
            plan = driver.preview()
            refuse_violations(plan)
            self._refuse_strangers(plan)
            done = driver.up()
            exports = StackExports.model_validate(driver.outputs())
            keep_outputs(self._spec, exports)
            settle(self._spec, exports)
        seconds = round(time.monotonic() - began, 1)
        return Brought(self._spec.env, done.changes, str(Outputs.path(self._spec.env)), seconds)

    def resize(self, pool: str, size: int) -> Brought:
        """Give `pool` another number of nodes; those that leave are drained first.

        Raises UsageError: when the spec does not allow it, or the size belongs to the cloud's own group.
        EngineUnavailable: when no cluster is up.
        """
        outputs = Outputs.load(self._spec.env)
        if not isinstance(self._cloud, Resizing):
            group = outputs.pools.get(pool)
            raise UsageError(
                f"the size of {pool} belongs to {self._spec.cloud}'s own group {group.id if group else ''}",
                hint="change its desired size there; `sre infra up` leaves it alone",
            )
        self._cloud.resize(self._spec, pool, size)
        return self.up()

    def renew_certificates(self) -> Brought:
        """Make every certificate anew, signed by the same authority, and hand it to the nodes.

        Raises what `up` raises; running it again is safe.
        """
        with self._driver() as driver:
            current = driver.generation(":Certificate")
        return self.up(Generations(certificates=current + 1))

    def refresh(self) -> Plan:
        """Take what is there into the state; what differed."""
        with self._driver() as driver:
            return driver.refresh()

    def drift(self) -> Plan:
        """What was changed by somebody else since the last `up`."""
        with self._driver() as driver:
            return driver.drift()

    def resources(self) -> list[tuple[str, str]]:
        """(type, name) of what `destroy` would remove."""
        with self._driver() as driver:
            return driver.resources()

    def destroy(self) -> Plan:
        """Remove every resource, whatever a crash left of them, and the environment's folder."""
        with self._driver() as driver:
            # Before the stack, which then finds it gone: nothing drains to where nothing is left.
            if isinstance(self._cloud, Sweeping):
                self._cloud.sweep(self._spec)
            done = self._destroy_stack(driver)
            _remove(state_dir(self._spec.env))
        return done

    def _destroy_stack(self, driver: Driver) -> Plan:
        try:
            return driver.destroy()
        except EngineUnavailable as error:
            if isinstance(self._cloud, Sweeping):  # a lost passphrase must not keep a folder for ever
                folder = state_dir(self._spec.env)
                error.hint = f"{error.hint}; or, as its machines are gone already: rm -rf '{folder}'"
            raise

    def _make_room(self) -> None:
        if isinstance(self._cloud, Hosting):
            self._cloud.prepare(self._spec)
            self._cloud.make_room(self._spec)

    def _refuse_strangers(self, plan: Plan) -> None:
        """One that the state does not know trusts an authority that is lost: nothing new could join it."""
        env, is_new = self._spec.env, not plan.unchanged and set(plan.counts()) == {"create"}
        if is_new and isinstance(self._cloud, Sweeping) and (found := self._cloud.remains(self._spec)):
            raise Refused(
                f"{env} stands, but {state_dir(env)} does not know it: nothing was changed",
                detail="\n".join(sorted(found)),
                hint=f"bring that folder back, or remove the cluster and its data: sre infra destroy {env}",
            )

    @contextmanager
    def _driver(self, generations: Generations | None = None) -> Iterator[Driver]:
        spec, prices = self._spec, load_prices(self._spec.cloud)
        self._cloud.prepare(spec)
        with exclusive(state_dir(spec.env)):
            yield Driver(spec.env, Workshop.of(spec), lambda: declare(spec, prices, self._cloud, generations))


def refuse_violations(plan: Plan) -> None:
    """Raises Refused: when the plan breaks a policy; with every violation."""
    if plan.violations:
        count = len(plan.violations)
        raise Refused(
            f"the plan breaks {count} {'policy' if count == 1 else 'policies'}: nothing was changed",
            detail="\n".join(map(str, plan.violations)),
            hint="infra/policies/ holds the rules",
        )


def _remove(folder: Path) -> None:
    with step(f"remove {folder}"):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise EngineUnavailable(f"not all is removed: {error}", hint=f"rm -rf '{folder}'") from None
