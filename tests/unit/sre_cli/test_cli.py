"""The command line itself: found commands, quick help, one-line errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sre_cli import commands
from sre_cli.cli import build_app, main
from sre_cli.errors import UsageError

HEAVY = {"httpx", "jinja2", "nomad", "consul", "pydantic", "requests", "rich", "yaml", "matplotlib", "locust"}


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command below `command` that does something itself, with its words."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
    for word, child in (below or {}).items():
        yield from leaves(f"{name} {word}", child)


COMMANDS = dict(leaves("sre", typer.main.get_command(build_app())))


def test_every_file_of_the_commands_is_a_command() -> None:
    folder = Path(commands.__file__).parent
    files = {
        " ".join(file.relative_to(folder).with_suffix("").parts).replace("_", "-")
        for file in folder.rglob("[a-z]*.py")
    }
    found = {file: [words for words in COMMANDS if f"{words} ".startswith(f"sre {file} ")] for file in files}
    assert [file for file, words in found.items() if not words] == []
    assert {words for several in found.values() for words in several} == set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself_with_examples(words: str) -> None:
    answer = CliRunner().invoke(build_app(), [*words.split()[1:], "--help"])
    assert answer.exit_code == 0, answer.output
    assert "Usage" in answer.output
    assert f"  {words}" in answer.output.partition("Examples:")[2]


def modules_after(code: str) -> set[str]:
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.split())


def test_help_imports_nothing_heavy() -> None:
    assert HEAVY.isdisjoint(modules_after("from sre_cli.cli import build_app; build_app()"))


def test_the_imports_that_take_long_happen_where_an_interrupt_is_expected() -> None:
    assert {"typer", "click"}.isdisjoint(modules_after("import sre_cli.cli"))


def test_an_interrupt_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sre_cli.cli.build_app", interrupted)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err == ""


def test_an_error_is_one_line_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise UsageError("no job 'x'", hint="known jobs: api")

    monkeypatch.setattr("sre_cli.cli.build_app", lambda: fail)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err == "error: no job 'x'\nhint:  known jobs: api\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there(shell: str) -> None:
    sre = Path(sys.executable).with_name("sre")
    environment = {"_SRE_COMPLETE": f"source_{shell}", "PATH": "/usr/bin:/bin"}
    script = subprocess.run([sre], env=environment, capture_output=True, text=True, check=True)
    assert "_SRE_COMPLETE" in script.stdout


def test_a_wrong_word_exits_with_2() -> None:
    assert CliRunner().invoke(build_app(), ["deploy", "--nonsense"]).exit_code == 2
