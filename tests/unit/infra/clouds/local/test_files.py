from __future__ import annotations

import tarfile

import pytest

from infra.clouds.local.files import changed, check, write
from sre_cli.errors import EngineUnavailable
from tests.unit.infra.clouds.local.conftest import Engine

CHECK = ("proxy", "--check")


def test_files_are_for_root_alone_and_never_on_a_command_line(engine: Engine) -> None:
    write("blue-core-0", {"/etc/key": "secret", "/etc/name": "é"})
    with tarfile.open(engine.folder / "given.tar") as archive:
        assert [(entry.name, entry.mode, entry.uid) for entry in archive] == [
            ("etc/key", 0o600, 0),
            ("etc/name", 0o600, 0),
        ]
        text = archive.extractfile("etc/name")
        assert text is not None
        assert text.read() == "é".encode()
    assert not any("secret" in line for line in engine.told())


def test_a_file_that_was_changed_or_removed_is_named(engine: Engine) -> None:
    engine.holds("blue-core-0", "/etc/name", "é")
    engine.holds("blue-core-0", "/etc/key", "by hand")
    wanted = {"/etc/name": "é", "/etc/key": "secret", "/etc/gone": ""}
    assert changed("blue-core-0", wanted) == ["/etc/key", "/etc/gone"]


def test_a_file_is_checked_by_the_image_that_shall_read_it(engine: Engine) -> None:
    check("blue", "edge:1", CHECK, {"/etc/proxy": "doors"})
    [said] = engine.told()
    assert said.startswith("run --rm --interactive --network none")
    assert said.endswith("edge:1 proxy --check")
    assert (engine.folder / "given").read_text() == "doors"


def test_what_is_said_about_a_refused_file_is_told(engine: Engine) -> None:
    engine.fails("run --rm", "line 3: unknown keyword")
    with pytest.raises(EngineUnavailable, match=r"refuses the new /etc/proxy(?s:.*)line 3: unknown keyword"):
        check("blue", "edge:1", CHECK, {"/etc/proxy": "doors"})


def test_where_nothing_can_refuse_a_file_no_container_is_made(engine: Engine) -> None:
    check("blue", "edge:1", (), {"/etc/key": "secret"})
    assert engine.told() == []
