from __future__ import annotations

import tarfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from infra.clouds.local.container import GONE, RUNNING, Container, end, ensure, observe, remove
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine

WANTED = Container(
    name="blue-core-0",
    env="blue",
    image="node:1",
    networks={"blue-edge": "10.0.9.2", "blue-zone-a": "10.0.0.2"},
    options=("--memory", "1m"),
    volumes={"blue-core-0-data": "/data"},
    files={"/etc/name": "core-0"},
)


def found(status: str = "running", **networks: str) -> dict[str, Any]:
    """What Docker shows of WANTED."""
    at = {name.replace("_", "-"): address for name, address in networks.items()} or WANTED.networks
    return {
        "Config": {"Labels": {"sre.made-from": WANTED.made_from, "sre.env": "blue"}},
        "State": {"Status": status, "Paused": status == "paused"},
        "NetworkSettings": {
            "Networks": {
                name: {"IPAMConfig": {"IPv4Address": ip}, "IPAddress": ""} for name, ip in at.items()
            }
        },
    }


OTHER = found() | {"Config": {"Labels": {"sre.made-from": "another", "sre.env": "blue"}}}
STRANGER = found() | {"Config": {"Labels": None}}


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ([], GONE),
        ([found()], RUNNING),
        ([found("exited")], "exited"),
        ([found("paused")], "paused"),
        ([found("restarting")], "restarting"),
        ([found(blue_edge="10.0.9.2")], "cut off from blue-zone-a"),
        ([found(blue_edge="10.0.9.2", blue_zone_a="10.0.0.7")], "cut off from blue-zone-a"),
        ([OTHER], "outdated"),
    ],
)
def test_what_became_of_it(engine: Engine, shown: list[dict[str, Any]], state: str) -> None:
    engine.has("container", *shown)
    assert observe(WANTED) == state


def test_another_value_is_another_container() -> None:
    moved = {"blue-edge": "10.0.9.3", "blue-zone-a": "10.0.0.2"}
    changes: list[dict[str, Any]] = [{"image": "node:2"}, {"options": ()}, {"files": {}}, {"networks": moved}]
    assert len({replace(WANTED, **change).made_from for change in changes} | {WANTED.made_from}) == 5
    assert replace(WANTED, options=list(WANTED.options)).made_from == WANTED.made_from  # type: ignore[arg-type]


def test_one_more_network_is_joined_by_the_container_that_runs(engine: Engine) -> None:
    more = replace(WANTED, networks={"blue-zone-b": "10.0.32.2", **WANTED.networks})
    assert (more.made_from, more.home) == (WANTED.made_from, "blue-edge")
    engine.has("container", found())
    assert observe(more) == "cut off from blue-zone-b"
    assert not ensure(more, {})
    assert engine.told("container stop", "container create", "network") == [
        "network inspect blue-edge blue-zone-a",
        "network connect --ip 10.0.32.2 blue-zone-b blue-core-0",
    ]


def test_a_stopped_one_is_started_and_nothing_else(engine: Engine) -> None:
    engine.has("container", found("exited"))
    assert not ensure(WANTED, {})
    assert engine.told("container start", "container create", "container rm", "cp", "network connect") == [
        "container start blue-core-0"
    ]


def test_a_paused_one_goes_on(engine: Engine) -> None:
    engine.has("container", found("paused"))
    assert not ensure(WANTED, {})
    assert engine.told("container unpause", "container create") == ["container unpause blue-core-0"]


def test_one_that_was_cut_off_is_attached_again_at_its_address(engine: Engine) -> None:
    engine.has("container", found(blue_edge="10.0.9.2", blue_zone_a="10.0.0.7"))
    assert not ensure(WANTED, {})
    assert engine.told("network disconnect", "network connect") == [
        "network disconnect --force blue-zone-a blue-core-0",
        "network connect --ip 10.0.0.2 blue-zone-a blue-core-0",
    ]


def test_one_made_from_something_else_ends_and_is_made_anew_with_the_same_volumes(engine: Engine) -> None:
    engine.has("container", OTHER)
    assert ensure(WANTED, {"/etc/key": "secret"}, patience_s=90)
    said = engine.told("container stop", "container rm", "container create", "volume", "container start")
    assert said[:2] == ["container stop --time 90 blue-core-0", "container rm --force blue-core-0"]
    assert said[2] == "volume create --label sre.env=blue blue-core-0-data"
    assert "--volume blue-core-0-data:/data" in said[3]
    assert "--network blue-edge --ip 10.0.9.2" in said[3]
    assert said[4] == "container start blue-core-0"


def test_removing_what_is_not_there_leaves_no_volume_either(engine: Engine) -> None:
    remove(WANTED)
    assert engine.told("container stop", "container rm", "volume") == ["volume rm --force blue-core-0-data"]


@pytest.mark.parametrize("status", ["created", "dead"])
def test_what_a_killed_run_left_half_made_or_half_removed_is_made_anew(engine: Engine, status: str) -> None:
    engine.has("container", found(status))
    assert ensure(WANTED, {})
    assert [line.split()[0:2] for line in engine.told("container rm", "container create", "cp")] == [
        ["container", "rm"],
        ["container", "create"],
        ["cp", "-"],
    ]


def test_new_files_are_there_before_it_starts(engine: Engine) -> None:
    engine.has("container", found("exited"))
    ensure(WANTED, {"/etc/key": "new"})
    assert engine.told("cp", "container start") == ["cp - blue-core-0:/", "container start blue-core-0"]
    with tarfile.open(engine.folder / "given.tar") as archive:
        assert archive.getnames() == ["etc/key"]


def test_a_container_of_that_name_that_is_somebody_elses_is_left_alone(engine: Engine) -> None:
    engine.has("container", STRANGER)
    with pytest.raises(EngineUnavailable, match="blue-core-0 does not belong to blue"):
        ensure(WANTED, {})
    remove(WANTED)
    assert engine.told("container stop", "container rm", "container create") == []


def test_a_network_made_anew_while_it_was_stopped_is_joined_again(engine: Engine) -> None:
    shown = found("exited")
    for endpoint in shown["NetworkSettings"]["Networks"].values():
        endpoint["NetworkID"] = "gone"
    shown["NetworkSettings"]["Networks"]["blue-edge"]["NetworkID"] = "there"
    engine.has("container", shown)
    engine.has("network", {"Name": "blue-edge", "Id": "there"}, {"Name": "blue-zone-a", "Id": "anew"})
    ensure(WANTED, {})
    assert engine.told("network disconnect", "network connect") == [
        "network disconnect --force blue-zone-a blue-core-0",
        "network connect --ip 10.0.0.2 blue-zone-a blue-core-0",
    ]


def test_a_node_that_still_has_its_address_ends(engine: Engine) -> None:
    engine.has("container", found("exited"))
    engine.fails("container start", "Error response from daemon: Address already in use")
    before = {"Name": "blue-old-0", "IPv4Address": "10.0.0.2/20"}
    beside = {"Name": "blue-core-1", "IPv4Address": "10.0.0.3/20"}
    zone = {"Name": "blue-zone-a", "Id": "z", "Containers": {"id-old": before, "id-1": beside}}
    engine.has("network", zone)
    with pytest.raises(EngineUnavailable, match="Address already in use"):
        ensure(WANTED, {}, patience_s=90)
    said = engine.told("container stop", "container rm", "container start")
    assert said == [
        "container start blue-core-0",
        "container stop --time 90 id-old",
        "container rm --force id-old",
        "container start blue-core-0",
    ]


def test_a_removal_that_is_under_way_is_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.has("container", found("removing"))
    engine.fails("container rm", "removal of container blue-core-0 is already in progress")
    clock = SimpleNamespace(sleep=lambda _: engine.has("container"))
    monkeypatch.setattr("infra.clouds.local.container.time", clock)
    end("blue-core-0", 1)
    assert len(engine.told("container rm")) == 2
    engine.has("container", found("removing"))
    clock.sleep = lambda _: None
    with pytest.raises(EngineUnavailable, match="already in progress"):
        end("blue-core-0", 1)
