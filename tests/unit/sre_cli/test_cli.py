"""The command line itself: found commands, quick help, one-line errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_cli import commands
from sre_cli.cli import build_app, main
from sre_cli.errors import UsageError

HEAVY = {"httpx", "jinja2", "nomad", "consul", "pydantic", "requests", "rich", "yaml", "matplotlib", "locust"}


def test_every_command_explains_itself_with_examples() -> None:
    runner, app = CliRunner(), build_app()
    for file in Path(commands.__file__).parent.glob("[a-z]*.py"):
        answer = runner.invoke(app, [file.stem, "--help"])
        assert answer.exit_code == 0, answer.output
        assert "Usage" in answer.output


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from sre_cli.cli import build_app; build_app(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(found.stdout.split())


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
