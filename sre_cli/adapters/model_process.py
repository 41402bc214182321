"""A version of the services as a process that is asked about files: `python -m services.evaluate`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sre_cli.adapters.child_process import child, environment_without, tail
from sre_cli.core.evaluation.labelled import Answer, Labelled, Said
from sre_cli.errors import EngineUnavailable


@dataclass(frozen=True)
class ModelProcess:
    """The model of `check` in the checkout `root`, run by `python`."""

    check: str
    root: Path
    python: str

    def ask(self, items: Sequence[Labelled], heard: Callable[[int], None]) -> Said:
        """Ask about every item, in order.

        Raises EngineUnavailable: when the model cannot be loaded or ends early; shows its last words.
        """
        with TemporaryDirectory(prefix="sre-evaluate-") as folder:
            words, log = Path(folder) / "items.jsonl", Path(folder) / "errors.log"
            words.write_text("".join(f"{json.dumps(_line(item))}\n" for item in items))
            heard(0)
            lines = self._run(words, log, heard)
            if len(lines) != len(items) + 2:
                raise EngineUnavailable(
                    f"the model of {self.check} in {self.root} ended early", detail=tail(log)
                )
        about, *answers, last = lines
        return Said(
            answers=[Answer(one["name"], one.get("result"), one.get("refusal", "")) for one in answers],
            windows=last["windows"],
            **about,
        )

    def _run(self, words: Path, log: Path, heard: Callable[[int], None]) -> list[dict[str, Any]]:
        # -P: a folder `services` where the command was typed is not the version that was asked for.
        argv = [self.python, "-P", "-m", "services.evaluate", self.check]
        env = environment_without("EKYC_") | {"PYTHONPATH": str(self.root)}
        lines: list[dict[str, Any]] = []
        with child(argv, env, log, words) as process:
            assert process.stdout  # noqa: S101  # a pipe was asked for
            for line in process.stdout:
                lines.append(json.loads(line))
                heard(len(lines) - 1)
            process.wait()
        return lines if process.returncode == 0 else []


def commit_of(root: Path) -> str:
    """The commit of a checkout's services, `-dirty` at its end where files differ; `unknown` without git."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return "unknown"
    return f"{commit}-dirty" if _git(root, "status", "--porcelain", "--", "services") else commit


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _line(item: Labelled) -> dict[str, object]:
    return {"name": item.name, "images": [str(path.resolve()) for path in item.images]}
