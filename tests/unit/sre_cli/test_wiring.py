"""Files of the project and of an environment that are missing or broken: told, not traced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sre_cli import wiring
from sre_cli.core.render import Target
from sre_cli.errors import EngineUnavailable, SpecError, UsageError
from sre_cli.specs.outputs import Outputs
from tests.engines import ROOT

OUTPUTS = Outputs(
    env="local", nomad_url="http://a", nomad_token_file=Path("/nowhere/token"), consul_url="http://b"
)
TARGET = Target("local", "v1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what people edit, with a state of its own."""
    for folder in ("nomad_jobs", "stacks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("SRE_ROOT", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ok\n{{ nope", "nomad_jobs/compose.yaml.j2: line 2: unexpected end of template"),
        ("{{ nope }}", "nomad_jobs/compose.yaml.j2: 'nope' is undefined"),
    ],
)
def test_a_broken_template_is_named(project: Path, text: str, complaint: str) -> None:
    (project / "nomad_jobs/compose.yaml.j2").write_text(text)
    with pytest.raises(SpecError, match=complaint):
        wiring.rendered(wiring.job_spec("api"), TARGET)


def test_a_missing_supervisor_is_named(project: Path) -> None:
    (project / "nomad_jobs/supervisor.py").unlink()
    with pytest.raises(UsageError, match=r"nomad_jobs/supervisor\.py: missing"):
        wiring.rendered(wiring.job_spec("api"), TARGET)


def test_unknown_names_are_answered_with_those_there_are(project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        wiring.cluster_spec("nope")
    assert "local" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        wiring.job_spec("nope")
    assert "api" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", '{"env": "local"', '{"env": "local"}'])
def test_outputs_that_are_broken_are_named(project: Path, text: str) -> None:
    OUTPUTS.save()
    assert Outputs.load("local").nomad_url == "http://a"
    Outputs.path("local").write_text(text)
    with pytest.raises(EngineUnavailable, match=r"outputs\.json: cannot be used") as caught:
        Outputs.load("local")
    assert caught.value.hint == "sre infra up local"


def test_a_token_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOMAD_TOKEN", raising=False)
    with pytest.raises(EngineUnavailable, match="no token for Nomad: /nowhere/token: No such file"):
        OUTPUTS.nomad_token()
    monkeypatch.setenv("NOMAD_TOKEN", "t")
    assert OUTPUTS.nomad_token() == "t"


@pytest.mark.parametrize("version", ["", "a b", "-x", "${x}", 'a"', "x" * 129])
def test_a_version_that_can_be_no_tag_is_refused(project: Path, version: str) -> None:
    OUTPUTS.save()
    with pytest.raises(UsageError, match="cannot be the tag of an image"):
        wiring.target(wiring.job_spec("api"), "local", version)
    assert wiring.target(wiring.job_spec("api"), "local", "v1.2-rc_3").version == "v1.2-rc_3"


def test_an_empty_base_image_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SRE_BASE_IMAGE", raising=False)
    plain = wiring.built_version("postgres")
    monkeypatch.setenv("SRE_BASE_IMAGE", "")
    assert wiring.built_version("postgres") == plain
