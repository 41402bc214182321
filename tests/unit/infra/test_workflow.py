"""The workflow of the stacks: its words are real commands, its rights are few, nothing runs unasked."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from typer.main import get_command

from sre_cli.cli import build_app
from sre_cli.specs.cluster import ClusterSpec
from tests.engines import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/infra.yaml").read_text())
ACTION: dict[str, Any] = yaml.safe_load((ROOT / ".github/actions/stack/action.yaml").read_text())
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


def steps() -> Iterator[dict[str, Any]]:
    for job in JOBS.values():
        yield from job["steps"]
    yield from ACTION["runs"]["steps"]


def scripts() -> list[str]:
    return [step["run"] for step in steps() if "run" in step]


def test_every_command_exists_with_its_options() -> None:
    infra: Any = get_command(build_app())
    called = [
        words for script in scripts() for words in re.findall(r"\bsre ((?:[\w-]+|\"\$ENV\"| )+)", script)
    ]
    assert {" ".join(words.split()[:2]) for words in called} == {
        "infra preview",
        "infra cost",
        "infra up",
        "infra drift",
    }
    for words in called:
        group, name, *more = words.split()
        command = infra.commands[group].commands[name]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in more if word.startswith("--")} <= options


@pytest.mark.parametrize("script", scripts())
def test_every_script_is_shell(script: str) -> None:
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    # An expression would be pasted into the script: a branch's name could be a command.
    assert "${{" not in script


def test_each_job_may_do_no_more_than_it_must() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "preview": {"contents": "read", "id-token": "write"},
        "comment": {"pull-requests": "write"},
        "up": {"contents": "read", "id-token": "write"},
        "drift": {"contents": "read", "id-token": "write", "issues": "write"},
    }
    checkouts = [step for step in steps() if str(step.get("uses")).startswith("actions/checkout")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_environment_of_a_cloud_is_looked_after() -> None:
    specs = [ClusterSpec.load(path) for path in (ROOT / "stacks/clusters").glob("*.yaml")]
    clouds = sorted(spec.env for spec in specs if spec.cloud != "local")
    for name in ("preview", "up", "drift"):
        assert JOBS[name]["strategy"]["matrix"]["env"] == clouds, name


def test_up_waits_for_its_turn_and_for_an_approval() -> None:
    up = JOBS["up"]
    assert up["if"] == "github.event_name == 'push'"
    assert up["environment"] == "${{ matrix.env }}"
    assert up["concurrency"] == {"group": "infra-${{ matrix.env }}", "cancel-in-progress": False}
    assert WORKFLOW[True]["push"]["branches"] == ["main"]


def test_what_may_change_a_cluster_runs_on_main_alone() -> None:
    preview = {word for step in JOBS["preview"]["steps"] for word in str(step).split() if "UP" in word}
    assert preview == set()
    assert "head.repo.full_name == github.repository" in JOBS["preview"]["if"]


def test_actions_are_pinned() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    for action in used:
        assert action.startswith("./") or re.search(r"@[0-9a-f]{40}$", action), action


def test_state_and_its_key_are_of_the_cloud_that_the_job_may_speak_to() -> None:
    for name in ("preview", "up", "drift"):
        for variable, suffix in (("PULUMI_BACKEND_URL", "STATE"), ("SRE_SECRETS_PROVIDER", "SECRETS")):
            assert JOBS[name]["env"][variable] == (
                f"${{{{ startsWith(matrix.env, 'aws-') && vars.AWS_{suffix} || vars.GCP_{suffix} }}}}"
            )


def test_the_project_is_named_and_not_that_of_the_account() -> None:
    """The login exports its account's own project, which may be one that only keeps such accounts."""
    for name in ("preview", "up", "drift"):
        assert JOBS[name]["env"]["GOOGLE_PROJECT"] == "${{ vars.GCP_PROJECT }}"


def test_nothing_runs_without_a_shared_state() -> None:
    script = next(step["run"] for step in ACTION["runs"]["steps"] if "run" in step).partition("make .venv")[0]
    for state, code in (("", 1), ("s3://state", 0)):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            env={"PULUMI_BACKEND_URL": state},
            check=False,
            capture_output=True,
            text=True,
        )
        assert min(done.returncode, 1) == code, done.stderr


def test_every_variable_that_is_asked_for_is_explained() -> None:
    text = (ROOT / ".github/workflows/infra.yaml").read_text()
    explained = "".join(line for line in text.splitlines() if line.startswith("#"))
    for variable in set(re.findall(r"vars\.(\w+)", text)):
        assert re.search(rf"\b{variable}\b", explained), variable


def test_a_look_for_drift_drops_no_up_that_waits() -> None:
    assert JOBS["drift"]["concurrency"]["group"] != JOBS["up"]["concurrency"]["group"]


def test_there_is_no_long_lived_key() -> None:
    text = (ROOT / ".github/workflows/infra.yaml").read_text()
    assert "secrets." not in text
