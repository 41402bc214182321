"""What Pulumi is told, and what is made for it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from infra.stack.workshop import PLUGIN, Workshop
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from tests.engines import ROOT
from tests.unit.infra.conftest import Pretend


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, pretend: Pretend) -> None:
    """A machine with Pulumi and none of its variables."""
    for name in list(os.environ):
        if name.startswith("PULUMI") or name == "SRE_SECRETS_PROVIDER":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{pretend('pulumi', 'echo v3.200.0')}:/usr/bin:/bin")


def workshop(env: str = "local") -> Workshop:
    return Workshop.of(ClusterSpec.load(ROOT / "stacks" / "clusters" / f"{env}.yaml"))


def test_state_and_passphrase_are_the_environments_own() -> None:
    made = workshop()
    made.prepare()
    told = made.environment()
    assert told["PULUMI_BACKEND_URL"] == f"file://{made.folder}?metadata=skip"
    passphrase = Path(told["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    before = passphrase.read_text()
    assert len(before) == 64
    made.prepare()
    assert passphrase.read_text() == before


@pytest.mark.parametrize(
    "name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "SRE_SECRETS_PROVIDER"]
)
def test_a_key_of_ones_own_is_used_instead(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "own")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    made = workshop()
    made.prepare()
    assert not list(made.folder.glob("passphrase*"))
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in made.environment()
    assert made.environment()["PULUMI_BACKEND_URL"] == "s3://states"
    assert made.state_folder is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("file:///states", "file:///states?metadata=skip"),
        ("file:///states?no_tmp_dir=true", "file:///states?no_tmp_dir=true&metadata=skip"),
    ],
)
def test_a_state_in_files_has_nothing_beside_it_that_a_kill_could_tear(
    monkeypatch: pytest.MonkeyPatch, given: str, told: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", given)
    made = workshop()
    assert made.environment()["PULUMI_BACKEND_URL"] == told
    assert made.state_folder == Path("/states")


def test_a_shared_state_is_not_encrypted_with_a_key_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    with pytest.raises(UsageError, match="its secrets need a key that is shared too"):
        workshop().prepare()


def test_plugins_are_fetched_for_clouds_alone() -> None:
    switch = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
    assert workshop().environment()[switch] == "true"
    assert switch not in workshop("aws-prod").environment()


def test_the_host_of_dynamic_resources_is_this_python_with_our_code(tmp_path: Path) -> None:
    made = workshop()
    made.prepare()
    told = os.environ | made.environment()
    assert told["PATH"].split(":")[0] == str(made.folder / "bin")
    assert subprocess.run(["pulumi"], env=told, capture_output=True, check=True).stdout == b"v3.200.0\n"
    text = (made.folder / "bin" / PLUGIN).read_text()
    assert text.endswith(' -u -m pulumi.dynamic "$@"\n')
    python = text.split()[2]
    code = "import infra.authority.providers, sys; print(sys.prefix)"
    found = subprocess.run([python, "-c", code], env=told, cwd=tmp_path, capture_output=True, check=True)
    assert found.stdout
