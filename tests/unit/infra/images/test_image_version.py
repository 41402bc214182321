from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.images.image_version import content_files, image_names, image_version, read_recipe
from sre_cli.errors import SpecError, UsageError
from tests.engines import ROOT

Change = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in {
        "services/Dockerfile": "# needs-files: lock\n# needs-wheels: lock\n# needs-tools: a b\n"
        "# needs-weights: services/weights.toml\nFROM x\n",
        "services/api/main.py": "print()",
        "nomad_jobs/images/postgres/Dockerfile": "FROM x\n",
        "nomad_jobs/images/postgres/entrypoint.sh": "exec postgres",
        "infra/node/images/node/Dockerfile": "FROM x\n",
        "lock": "a==1",
        "elsewhere.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "services/api/main.py").write_text("print(1)"),
        lambda root: (root / "services/new.py").write_text(""),
        lambda root: (root / "services/api/main.py").rename(root / "services/api/other.py"),
        lambda root: (root / "services/api/main.py").chmod(0o755),
        lambda root: (root / "services/Dockerfile").open("a").write("RUN y\n"),
        lambda root: (root / "lock").write_text("a==2"),
    ],
    ids=["edit", "add", "rename", "mode", "dockerfile", "lock"],
)
def test_what_goes_in_changes_the_version(project: Path, change: Change) -> None:
    before = image_version(project, "services")
    change(project)
    assert image_version(project, "services") != before


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "elsewhere.py").write_text("1"),
        lambda root: (root / "services/api/main.py").touch(),
        lambda root: (root / "services/api/__pycache__").mkdir(),
        lambda root: (root / "services/api/main.pyc").write_text("x"),
        lambda root: (root / "services/README.md").write_text("x"),
        lambda root: (root / "services/.DS_Store").write_text("x"),
        lambda root: (root / "nomad_jobs/images/postgres/entrypoint.sh").write_text("other"),
    ],
    ids=["elsewhere", "touch", "folder", "bytecode", "words", "hidden", "other image"],
)
def test_what_does_not_go_in_leaves_it(project: Path, change: Change) -> None:
    before = image_version(project, "services")
    change(project)
    assert image_version(project, "services") == before


def test_hidden_folders_are_not_content(project: Path) -> None:
    (project / "services" / ".cache").mkdir()
    before = image_version(project, "services")
    (project / "services" / ".cache" / "x").write_text("x")
    assert image_version(project, "services") == before


def test_the_place_of_the_checkout_is_not_content(project: Path, tmp_path: Path) -> None:
    before = image_version(project, "services")
    assert image_version(project.rename(tmp_path.with_name(f"{tmp_path.name}-moved")), "services") == before


def test_two_files_do_not_pass_for_one(project: Path) -> None:
    (project / "services/a").write_text("x")
    (project / "services/b").write_text("y")
    before = image_version(project, "services")
    (project / "services/b").unlink()
    (project / "services/a").write_text("xservices/b\0False\x001\0y")
    assert image_version(project, "services") != before


def test_another_base_is_another_image(project: Path) -> None:
    assert image_version(project, "services", "debian:12") != image_version(project, "services")


def test_the_head_of_the_dockerfile_says_what_is_needed(project: Path) -> None:
    recipe = read_recipe(project, "services")
    assert recipe.wheels == Path("lock")
    assert recipe.tools == ("a", "b")
    assert recipe.weights == Path("services/weights.toml")
    assert content_files(project, recipe) == [
        Path("lock"),
        Path("services/Dockerfile"),
        Path("services/api/main.py"),
    ]


def test_a_needed_file_that_is_missing_is_named(project: Path) -> None:
    (project / "lock").unlink()
    with pytest.raises(SpecError, match="needs-files: not there: lock"):
        image_version(project, "services")


def test_an_unknown_image_is_answered_with_those_there_are(project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        image_version(project, "redis")
    assert caught.value.hint == "choose from node, postgres, services"


@pytest.mark.parametrize("name", image_names(ROOT))
def test_every_image_of_the_project_has_a_version(name: str) -> None:
    assert len(image_version(ROOT, name)) == 12


def test_the_services_image_holds_every_models_manifest() -> None:
    inside = set(content_files(ROOT, read_recipe(ROOT, "services")))
    models = ROOT / "services" / "models"
    manifests = {path.with_suffix(".toml").relative_to(ROOT) for path in models.glob("[a-z]*.py")}
    assert manifests
    assert manifests <= {Path(path) for path in inside}
