from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from infra.clouds.local.container import Container
from infra.clouds.local.providers import ContainerProvider, ZoneProvider
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine

ZONE = {"name": "blue-zone-a", "env": "blue", "subnet": "10.0.0.0/20", "routed": True}
WANTED = Container(name="blue-core-0", env="blue", image="node:1", networks={"blue-zone-a": "10.0.0.2"})
MACHINE: dict[str, Any] = {
    "container": asdict(WANTED),
    "live": {"/etc/bundle": "old"},
    "check": [],
    "reload": ["systemctl", "start", "renew"],
    "units": ["consul", "nomad"],
    "group": "core",
    "patience_s": 10,
    "state": "running",
}
GATEWAY: dict[str, Any] = MACHINE | {
    "live": {"/etc/proxy": "doors"},
    "check": ["proxy", "--check"],
    "reload": ["kill", "-USR2", "1"],
    "units": [],
}


def found(**state: Any) -> dict[str, Any]:
    networks = {"blue-zone-a": {"IPAMConfig": {"IPv4Address": "10.0.0.2"}, "IPAddress": "10.0.0.2"}}
    return {
        "Config": {"Labels": {"sre.made-from": WANTED.made_from, "sre.env": "blue"}},
        "State": {"Status": "running", "Paused": False, **state},
        "NetworkSettings": {"Networks": networks},
    }


def test_a_zone_with_other_addresses_is_another_zone() -> None:
    same = ZoneProvider().diff("blue-zone-a", ZONE, ZONE)
    other = ZoneProvider().diff("blue-zone-a", ZONE, ZONE | {"subnet": "10.1.0.0/20"})
    assert not same.changes
    assert (other.replaces, other.delete_before_replace) == (["subnet"], True)


def test_a_zone_that_is_gone_is_told_to_pulumi(engine: Engine) -> None:
    assert not ZoneProvider().read("blue-zone-a", ZONE).id
    engine.has("network", {"IPAM": {"Config": [{"Subnet": "10.9.0.0/20"}]}})
    read = ZoneProvider().read("blue-zone-a", ZONE)
    assert (read.id, (read.outs or {})["subnet"]) == ("blue-zone-a", "10.9.0.0/20")


@pytest.mark.parametrize(
    ("olds", "news", "changes"),
    [
        ({}, {}, False),
        ({"state": "exited"}, {}, True),
        ({"state": "cut off from blue-zone-a"}, {}, True),
        ({"state": "stopped in it: nomad"}, {}, True),
        ({"state": "changed in it: /etc/bundle"}, {}, True),
        ({}, {"live": {"/etc/bundle": "new"}}, True),
        ({}, {"container": asdict(WANTED) | {"image": "node:2"}}, True),
        ({}, {"patience_s": 60, "group": "other"}, False),
    ],
)
def test_a_machine_is_changed_when_it_is_not_what_is_wanted_or_not_well(
    olds: dict[str, Any], news: dict[str, Any], changes: bool
) -> None:
    diff = ContainerProvider().diff("blue-core-0", MACHINE | olds, MACHINE | news)
    assert diff.changes is changes
    assert not diff.replaces


def test_a_machine_that_is_gone_is_told_to_pulumi(engine: Engine) -> None:
    assert not ContainerProvider().read("blue-core-0", MACHINE).id


def test_what_does_not_run_in_it_is_named(engine: Engine) -> None:
    engine.has("container", found())
    engine.answers("exec blue-core-0", "active\nfailed\n")
    assert (ContainerProvider().read("blue-core-0", MACHINE).outs or {})["state"] == "stopped in it: nomad"


def test_new_secrets_are_written_into_the_machine_that_runs(engine: Engine) -> None:
    engine.has("container", found())
    engine.answers("exec blue-core-0", "active\nactive\n")
    ContainerProvider().update("blue-core-0", MACHINE, MACHINE | {"live": {"/etc/bundle": "new"}})
    assert engine.told("cp", "container create") == ["cp - blue-core-0:/"]


def test_what_a_killed_run_made_gets_the_secrets_of_now(engine: Engine) -> None:
    engine.has("container", found())
    ContainerProvider().create(MACHINE)
    assert engine.told("cp", "container create") == ["cp - blue-core-0:/"]
    assert engine.told("exec")[-1] == "exec blue-core-0 systemctl start renew"


def test_a_new_file_is_checked_and_written_and_then_read_by_the_container_that_runs(engine: Engine) -> None:
    engine.has("container", found())
    ContainerProvider().update("blue-core-0", GATEWAY, GATEWAY | {"live": {"/etc/proxy": "more doors"}})
    said = engine.told("run", "cp -", "container create", "container restart", "exec")
    assert [line.split()[0] for line in said] == ["run", "cp", "exec"]
    assert (engine.folder / "given").read_text() == "more doors"


def test_a_file_that_is_refused_is_not_written(engine: Engine) -> None:
    engine.has("container", found())
    engine.fails("run --rm", "line 3: unknown keyword")
    with pytest.raises(EngineUnavailable, match="unknown keyword"):
        ContainerProvider().update("blue-core-0", GATEWAY, GATEWAY | {"live": {"/etc/proxy": "x"}})
    assert engine.told("cp -", "exec", "container stop", "container restart") == []


def test_a_file_changed_by_hand_is_seen_and_written_and_read_again(engine: Engine) -> None:
    engine.has("container", found())
    engine.holds("blue-core-0", "/etc/proxy", "by hand")
    seen = ContainerProvider().read("blue-core-0", GATEWAY).outs or {}
    assert seen["state"] == "changed in it: /etc/proxy"
    ContainerProvider().update("blue-core-0", seen, GATEWAY)
    assert engine.told("cp -", "exec") == ["cp - blue-core-0:/", "exec blue-core-0 kill -USR2 1"]
    engine.holds("blue-core-0", "/etc/proxy", "doors")
    assert (ContainerProvider().read("blue-core-0", GATEWAY).outs or {})["state"] == "running"


def test_one_that_was_only_cut_off_reads_nothing_again(engine: Engine) -> None:
    engine.has("container", found())
    engine.holds("blue-core-0", "/etc/proxy", "doors")
    ContainerProvider().update("blue-core-0", GATEWAY | {"state": "cut off from blue-zone-b"}, GATEWAY)
    assert engine.told("exec", "container restart") == []


NEWER = MACHINE | {"container": asdict(WANTED) | {"image": "node:2"}}


def test_one_that_runs_is_made_anew_when_it_is_spared_and_the_next_once_it_is_well(engine: Engine) -> None:
    engine.has("container", found())
    engine.answers("exec blue-core-0", "active\nactive\n")
    ContainerProvider().update("blue-core-0", MACHINE, NEWER)
    said = engine.told("exec", "container rm")
    made_anew = said.index("container rm --force blue-core-0")
    assert "exec --workdir" in said[0]
    assert any("python3" in line for line in said[made_anew:])


def test_one_that_is_down_is_made_anew_at_once(engine: Engine) -> None:
    engine.has("container", found(Status="exited"))
    engine.answers("exec blue-core-0", "active\nactive\n")
    ContainerProvider().update("blue-core-0", MACHINE, NEWER)
    assert engine.told("container create")
    assert not [line for line in engine.told("exec") if "python3" in line]


def test_healing_starts_what_is_stopped(engine: Engine) -> None:
    engine.has("container", found())
    engine.answers("exec blue-core-0", "active\ninactive\n")
    ContainerProvider().update("blue-core-0", MACHINE | {"state": "stopped in it: nomad"}, MACHINE)
    assert engine.told("container create") == []
    assert engine.told("exec")[-1] == "exec blue-core-0 systemctl start --no-block nomad"


def test_removing_takes_volumes_too(engine: Engine) -> None:
    props = MACHINE | {"container": asdict(WANTED) | {"volumes": {"blue-core-0-docker": "/var/lib/docker"}}}
    engine.has("container", found())
    ContainerProvider().delete("blue-core-0", props)
    assert engine.told("container stop", "container rm", "volume rm") == [
        "container stop --time 10 blue-core-0",
        "container rm --force blue-core-0",
        "volume rm --force blue-core-0-docker",
    ]


def test_a_server_that_goes_waits_until_the_others_can_do_without_it(engine: Engine) -> None:
    engine.has("container", found())
    ContainerProvider().delete("blue-core-0", MACHINE | {"group": "servers"})
    said = engine.told("exec --workdir", "container stop")
    assert [line.split()[0] for line in said] == ["exec", "container"]


def test_what_is_swept_away_already_is_not_asked(engine: Engine) -> None:
    ContainerProvider().delete("blue-core-0", MACHINE | {"group": "servers"})
    assert engine.told("exec", "container stop") == []
