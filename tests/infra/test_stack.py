"""The real engine on a cloud of files: up, drift, failures, interrupts, kills, destroy."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from infra.toolchain.catalogue import TOOLS
from infra.toolchain.find import find
from tests.engines import ROOT

pytestmark = pytest.mark.engines

MACHINES = ("machine-0", "machine-1", "machine-2")


class Toy:
    """`sre infra` of an environment of the test's own."""

    def __init__(self, folder: Path):
        self.folder = folder / "machines"
        self.folder.mkdir()
        self.state = folder / "state" / "sre" / "local"
        # A proxy that answers nobody: what talks over loopback must not ask it.
        proxies = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
        self._env = (
            os.environ
            | proxies
            | {
                "no_proxy": "",
                "TOY_FOLDER": str(self.folder),
                "XDG_STATE_HOME": str(folder / "state"),
                "PULUMI_HOME": str(folder / "pulumi-home"),
            }
        )
        self.set()

    def set(self, **knobs: Any) -> None:
        """How the cloud behaves from now on."""
        (self.folder / "knobs.json").write_text(json.dumps(knobs))

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.infra.toy_sre", "infra", *words],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What a command prints on stdout and stderr; it must end with `code`."""
        return self.end(self.begin(*words), code)

    @staticmethod
    def end(process: subprocess.Popen[str], code: int) -> tuple[str, str]:
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, out + err
        assert "Traceback" not in err
        return out, err

    def machines(self) -> dict[str, str]:
        """What the cloud holds."""
        return {path.name: path.read_text() for path in self.folder.iterdir() if path.suffix == ""}

    def until_begun(self) -> None:
        """Wait until the first machine is being made."""
        end = time.monotonic() + 60
        while not (self.folder / "machine-0.begun").exists():
            assert time.monotonic() < end
            time.sleep(0.05)

    def pulumi(self) -> list[int]:
        """Engines that work on the environment."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if words.startswith(str(self.state).encode()):
                found.append(int(folder.name))
        return found


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """An environment that is not up."""
    _need_pulumi()
    return Toy(tmp_path)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """One that is; every test leaves it as it found it."""
    _need_pulumi()
    toy = Toy(tmp_path_factory.mktemp("up"))
    toy.run("up", "local")
    return toy


def _need_pulumi() -> None:
    if not find(TOOLS["pulumi"]).is_sufficient:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pulumi is missing: make tools")


def test_up_makes_what_preview_says_and_then_nothing_more(toy: Toy) -> None:
    plan = json.loads(toy.run("preview", "local", "--json")[0])
    assert toy.machines() == {}
    brought = json.loads(toy.run("up", "local", "--json")[0])
    assert toy.machines() == dict.fromkeys(MACHINES, "one")
    assert {one["name"] for one in plan["changes"]} == {one["name"] for one in brought["changes"]}
    assert json.loads(toy.run("up", "local", "--json")[0])["changes"] == []
    assert "nothing to change" in toy.run("preview", "local", "--expect-no-changes")[0]


def test_the_state_holds_no_secret_in_plain(up: Toy) -> None:
    token = (up.state / "nomad-token").read_text().strip()
    text = "".join(path.read_text() for path in (up.state / "pulumi" / ".pulumi").rglob("*.json"))
    assert "BEGIN CERTIFICATE" in text
    assert "PRIVATE KEY" not in text
    assert token not in text
    for secret in ("nomad-token", "consul-token", "pulumi/passphrase"):
        assert (up.state / secret).stat().st_mode & 0o077 == 0


def test_what_was_changed_by_hand_is_told_and_healed(up: Toy) -> None:
    up.run("drift", "local")
    (up.folder / "machine-1").write_text("changed")
    (up.folder / "machine-2").unlink()
    out, err = up.run("drift", "local", code=3)
    assert out.splitlines()[:2] == [
        "~ changed toy:Machine  machine-1  (text)",
        "- gone    toy:Machine  machine-2",
    ]
    assert "local has drifted" in err
    up.run("up", "local")
    assert up.machines() == dict.fromkeys(MACHINES, "one")
    up.run("drift", "local")


def test_refresh_takes_what_is_there_into_the_state(up: Toy) -> None:
    (up.folder / "machine-2").unlink()
    assert "machine-2" in up.run("refresh", "local")[0]
    up.run("drift", "local")
    assert "+ create  toy:Machine  machine-2" in up.run("preview", "local")[0]
    up.run("up", "local")


def test_a_plan_names_the_properties_for_eyes_and_for_comments(up: Toy) -> None:
    up.set(text="two")
    assert "~ update  toy:Machine  machine-0  (text)" in up.run("preview", "local")[0]
    markdown = up.run("preview", "local", "--markdown", "--expect-no-changes", code=3)[0]
    assert "| ~ update | `toy:Machine` | `machine-0` | text |" in markdown
    up.set()


def test_a_broken_policy_stops_up_before_anything_is_changed(toy: Toy) -> None:
    toy.set(open=True)
    err = toy.run("up", "local", code=3)[1]
    assert "private_nodes: aws:ec2:Subnet public" in err
    assert toy.machines() == {}
    assert "**Policies that it breaks:**" in toy.run("preview", "local", "--markdown", code=3)[0]


def test_a_resource_that_fails_is_one_line_and_up_goes_on_from_there(toy: Toy) -> None:
    toy.set(broken="machine-2")
    err = toy.run("up", "local", code=4)[1]
    assert "error: machine-2: no room for machine-2" in err
    assert set(toy.machines()) == {"machine-0", "machine-1"}
    toy.set()
    assert "toy:Machine machine-2" in toy.run("up", "local")[1]


def test_a_mistake_of_the_cloud_keeps_its_hint(toy: Toy) -> None:
    toy.set(mistake="no such shape")
    err = toy.run("up", "local", code=2)[1]
    assert err.splitlines()[-2:] == ["error: no such shape", "hint:  turn the knob"]


def test_an_interrupt_ends_what_is_under_way_and_no_more(toy: Toy) -> None:
    toy.set(slow_s=3)
    process = toy.begin("up", "local")
    toy.until_begun()
    process.send_signal(signal.SIGINT)
    assert "interrupted: what is under way ends first" in toy.end(process, 130)[1]
    assert set(toy.machines()) == {"machine-0"}
    toy.set()
    done = json.loads(toy.run("up", "local", "--json")[0])
    assert {one["name"] for one in done["changes"]} >= {"machine-1", "machine-2"}
    assert "machine-0" not in {one["name"] for one in done["changes"]}


def test_a_second_interrupt_ends_it_at_once_and_up_goes_on(toy: Toy) -> None:
    toy.set(slow_s=60)
    process = toy.begin("up", "local")
    toy.until_begun()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    toy.end(process, 130)
    toy.set()
    err = toy.run("up", "local")[1]
    assert "a run was killed while it worked on machine-0: look at what is there" in err
    assert "a run was killed: its lock is taken away" in err
    assert set(toy.machines()) == set(MACHINES)
    toy.run("preview", "local", "--expect-no-changes")


def test_a_killed_up_is_gone_on_with(toy: Toy) -> None:
    toy.set(slow_s=3)
    process = toy.begin("up", "local")
    toy.until_begun()
    process.kill()
    process.communicate()
    toy.set()
    toy.run("up", "local")
    assert set(toy.machines()) == set(MACHINES)
    toy.run("preview", "local", "--expect-no-changes")
    assert toy.pulumi() == []


def test_a_killed_engine_is_gone_on_with(toy: Toy) -> None:
    toy.set(slow_s=30)
    process = toy.begin("up", "local")
    toy.until_begun()
    for pid in toy.pulumi():
        os.kill(pid, signal.SIGKILL)
    assert "error: " in toy.end(process, 4)[1]
    # Pulumi writes those in place: one that a kill tears makes the state unreadable.
    assert list(toy.state.rglob("*.attrs")) == []
    toy.set()
    assert "a run was killed while it worked on machine-0" in toy.run("up", "local")[1]
    toy.run("preview", "local", "--expect-no-changes")


def test_two_runs_at_once_take_turns_and_say_who(toy: Toy) -> None:
    toy.set(slow_s=2)
    first = toy.begin("up", "local")
    toy.until_begun()
    second = toy.begin("up", "local")
    toy.end(first, 0)
    err = toy.end(second, 0)[1]
    assert f"another run is at local, wait for it: `toy_sre.py infra up local`, process {first.pid}" in err


def test_a_cluster_whose_state_is_lost_is_left_alone_and_can_be_destroyed(toy: Toy) -> None:
    toy.run("up", "local")
    shutil.rmtree(toy.state)
    assert "does not know it: nothing was changed" in toy.run("up", "local", code=3)[1]
    assert toy.machines() == dict.fromkeys(MACHINES, "one")
    toy.run("destroy", "local", "--yes")
    assert toy.machines() == {}


def test_destroy_leaves_nothing(toy: Toy) -> None:
    toy.run("up", "local")
    (toy.folder / "stray-machine").touch()
    assert "nobody can be asked" in toy.run("destroy", "local", code=3)[1]
    assert toy.machines()
    assert "resources removed" in toy.run("destroy", "local", "--yes")[0]
    assert toy.machines() == {}
    assert list(toy.state.parent.iterdir()) == []
    toy.run("destroy", "local", "--yes")
    assert list(toy.state.parent.iterdir()) == []
