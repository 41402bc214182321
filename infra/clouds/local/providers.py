"""What Pulumi calls to make and heal the local cloud. Imported by name: the state holds a reference."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

from infra.clouds.local import network, nodes
from infra.clouds.local.container import GONE, RUNNING, Container, ensure, is_running, observe, remove
from infra.clouds.local.docker import attempt
from infra.clouds.local.files import changed, check
from infra.exclusive import exclusive
from sre_cli.specs.paths import state_dir

Props = dict[str, Any]
SERVERS = "servers"
"""The group of those that vote: they go one at a time too."""
ABSENT = ReadResult("", {})
"""Tells Pulumi that the resource is gone."""


class ZoneProvider(ResourceProvider):
    """`name`, `env`, `subnet`, `routed` -> a Docker network."""

    serialize_as_secret_always = False

    def create(self, props: Props) -> CreateResult:
        """Make the network; one that is there and right is taken."""
        network.create(props["name"], props["env"], props["subnet"], is_routed=props["routed"])
        return CreateResult(props["name"], props)

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Another subnet is another network."""
        changed = [key for key in ("name", "subnet", "routed") if olds.get(key) != news[key]]
        return DiffResult(changes=bool(changed), replaces=changed, delete_before_replace=True)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Whether it is still there, and with which addresses."""
        found = network.subnet(props["name"])
        return ReadResult(id_, {**props, "subnet": found}) if found else ABSENT

    def delete(self, _id: str, props: Props) -> None:
        """Remove the network; whoever is still attached is cut off."""
        network.remove(props["name"], props["env"])


class ContainerProvider(ResourceProvider):
    """`container`, `live`, `check`, `reload`, `units`, `group`, `patience_s` -> it runs; and its `state`.

    `live` files may change while it runs: `check` may refuse them, `reload` has it take them. `units` are
    systemd's that must be active in it. Members of a `group` are made anew one at a time, each well before
    the next.
    """

    serialize_as_secret_always = False

    def create(self, props: Props) -> CreateResult:
        """Make the container, or take the one that a killed run made."""
        wanted = _wanted(props)
        is_new = self._ensure(wanted, props)
        if props["live"] and not is_new:
            nodes.read_again(wanted.name, props["reload"], props["units"])
        return CreateResult(wanted.name, {**props, "state": RUNNING})

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Whether it is not what is wanted, or not well."""
        changed = any(olds.get(key) != news[key] for key in ("container", "live", "units"))
        return DiffResult(changes=changed or olds.get("state") != RUNNING)

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Heal it, as gently as its state allows; made anew only where it must be."""
        wanted, units = _wanted(news), news["units"]
        with _turn(news):
            # One that does not run is missed by nobody, and cannot be well while others are down too.
            is_missed = olds.get("container") != news["container"] and is_running(wanted.name)
            if is_missed:
                nodes.wait_spared(wanted.name, units)
            # What a killed run wrote may not have been read.
            is_unread = olds.get("live") != news["live"] or changed(wanted.name, news["live"])
            is_new = self._ensure(wanted, news)
            if is_unread and not is_new:
                nodes.read_again(wanted.name, news["reload"], units)
            nodes.start(wanted.name, units)
            if is_missed:
                nodes.wait_well(wanted.name, units)
        return UpdateResult({**news, "state": RUNNING})

    def read(self, id_: str, props: Props) -> ReadResult:
        """What became of it: `running` only when what must run in it runs."""
        wanted = _wanted(props)
        state = observe(wanted)
        if state == GONE:
            return ABSENT
        if state == RUNNING and (stopped := nodes.stopped(wanted.name, props["units"])):
            state = f"stopped in it: {', '.join(stopped)}"
        elif state == RUNNING and (other := changed(wanted.name, props["live"])):
            state = f"changed in it: {', '.join(other)}"
        return ReadResult(id_, {**props, "state": state})

    def delete(self, _id: str, props: Props) -> None:
        """Let it drain, then remove it with its volumes; a server when the others can do without it."""
        wanted = _wanted(props)
        with _turn(props) if props["group"] == SERVERS else nullcontext():
            if is_running(wanted.name):
                nodes.wait_spared(wanted.name, props["units"])
            self._remove(wanted, props)

    @staticmethod
    def _ensure(wanted: Container, props: Props) -> bool:
        check(wanted.env, wanted.image, props["check"], props["live"])
        return ensure(wanted, props["live"], patience_s=int(props["patience_s"]))

    @staticmethod
    def _remove(wanted: Container, props: Props) -> None:
        # One whose systemd hangs must not hold up what was asked for.
        attempt(["container", "unpause", wanted.name])
        remove(wanted, int(props["patience_s"]))


def _turn(props: Props) -> AbstractContextManager[None]:
    return exclusive(state_dir(props["container"]["env"]) / props["group"])


def _wanted(props: Props) -> Container:
    return Container(**props["container"])
