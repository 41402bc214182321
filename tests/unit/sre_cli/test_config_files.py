"""The texts that a job's `files` name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sre_cli.adapters.config_files import read_config_files
from sre_cli.errors import SpecError
from sre_cli.specs.job import JobSpec


def spec_of(*sources: str) -> JobSpec:
    files = [{"source": source} for source in sources]
    return JobSpec.model_validate(
        {"job": "toy", "image": "toy", "resources": {"memory_mib": 64}, "files": files}
    )


def test_patterns_are_expanded_and_may_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "jobs/toy").mkdir(parents=True)
    (tmp_path / "rules").mkdir()
    (tmp_path / "jobs/toy/a.conf.tpl").write_text("x\n")
    for name in ("two.yml", "one.yml"):
        (tmp_path / "rules" / name).write_text("y\n")
    found = read_config_files(tmp_path / "jobs", spec_of("toy/a.conf.tpl", "../rules/*.yml", "../none/*.yml"))
    assert [file.name for file in found] == ["a.conf", "one.yml", "two.yml"]
    assert [file.is_template for file in found] == [True, False, False]


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        (("toy/absent",), "files: .*toy/absent is missing"),
        (("toy/a", "other/a"), "files: two are named a"),
        (("toy/binary",), "files: .*utf-8"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, sources: tuple[str, ...], complaint: str) -> None:
    for folder in ("toy", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text("x")
    (tmp_path / "toy/binary").write_bytes(b"\xff")
    with pytest.raises(SpecError, match=complaint):
        read_config_files(tmp_path, spec_of(*sources))
