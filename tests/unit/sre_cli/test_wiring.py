"""Files of the project and of an environment that are missing or broken: told, not traced."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sre_cli import wiring
from sre_cli.core.render import Target
from sre_cli.errors import EngineUnavailable, SpecError, UsageError
from sre_cli.specs.outputs import Outputs
from tests.engines import ROOT
from tests.outputs import sample_outputs

OUTPUTS = sample_outputs()
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
    assert Outputs.load("local").nomad_url == "https://a"
    Outputs.path("local").write_text(text)
    with pytest.raises(EngineUnavailable, match=r"outputs\.json: cannot be used") as caught:
        Outputs.load("local")
    assert caught.value.hint == "sre infra up local"


@pytest.mark.parametrize(
    ("engine", "variable", "read"),
    [("Nomad", "NOMAD_TOKEN", Outputs.nomad_token), ("Consul", "CONSUL_HTTP_TOKEN", Outputs.consul_token)],
)
def test_a_token_that_cannot_be_read_is_named(
    engine: str, variable: str, read: Callable[[Outputs], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(EngineUnavailable, match=f"no token for {engine}: .*-token: No such file") as refused:
        read(OUTPUTS)
    assert refused.value.hint == f"sre infra up local, or set {variable}"
    monkeypatch.setenv(variable, "t")
    assert read(OUTPUTS) == "t"


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


def test_an_environment_that_is_a_folder_is_not_missing(project: Path) -> None:
    folder = project / "mine.yaml"
    folder.mkdir()
    with pytest.raises(SpecError, match=r"mine\.yaml: cannot be read: .*Is a directory"):
        wiring.cluster_spec(str(folder))


def test_an_environment_that_is_missing_names_those_there_are(project: Path) -> None:
    with pytest.raises(UsageError) as error:
        wiring.cluster_spec("../nope")
    assert error.value.hint == "known environments: aws-prod, e2e, gcp-prod, local, small"


def test_a_cluster_that_is_not_up_is_not_brought_up_by_a_resize(project: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no cluster 'small' is up"):
        wiring.environment("small").resize("all", 3)
    assert not (project / "state").exists()


def test_an_environment_that_nobody_wrote_is_a_wrong_word_not_a_cluster_that_is_down(project: Path) -> None:
    with pytest.raises(UsageError, match="no cluster 'nope' is up, and stacks/clusters/ has none"):
        wiring.catalog("nope")
    with pytest.raises(EngineUnavailable, match="no cluster 'small' is up"):
        wiring.catalog("small")


def test_a_module_that_is_not_installed_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(UsageError, match="not installed: no_such_module") as caught:
        wiring.need_modules(["pulumi", "no_such_module"], "clouds")
    assert caught.value.hint == "pip install --editable '.[clouds]'"


def test_a_key_that_is_wrong_hides_no_other_mistake(project: Path) -> None:
    path = project / "stacks/clusters/local.yaml"
    text = path.read_text().replace("servers: {", "servers: {count: 4, ").replace(", local-c]", "]")
    path.write_text(text + "colour: blue\n")
    with pytest.raises(SpecError) as caught:
        wiring.cluster_spec("local")
    lines = caught.value.message.splitlines()
    keys = [line.removeprefix(f"{path}: ").partition(":")[0] for line in lines]
    assert keys == ["colour", "zones", "servers.count"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("cloud: local", "cloud: azure", "cloud: Input should be 'local', 'aws' or 'gcp'"),
        ("env: local", "env: [1]", "env: Input should be a valid string"),
        ("cloud: local", "cloud: local\ncloud: local", "line 4, column 1: key 'cloud' twice"),
    ],
)
def test_a_document_too_broken_for_more_is_told_alone(
    project: Path, old: str, new: str, complaint: str
) -> None:
    path = project / "stacks/clusters/local.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SpecError, match=re.escape(complaint)) as caught:
        wiring.cluster_spec("local")
    assert len(caught.value.message.splitlines()) == 1


def test_a_look_knows_how_much_there_should_be(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NOMAD_TOKEN", "CONSUL_HTTP_TOKEN"):
        monkeypatch.setenv(variable, "secret")
    sample_outputs(pools={"workers": {"id": "workers", "min": 2, "max": 4, "size": 4}}).save()
    look = wiring.look("local")
    assert (look.wanted_servers, look.wanted_nodes) == (3, {"core": 3, "workers": 4})
