"""Manifests of models: read, and their figures written."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sre_cli.errors import UsageError
from sre_cli.specs.manifest import Evaluation, ModelManifest, WeightsFile, WeightsList, manifest_path

MARK = "# The figures of the promoted version; `sre model promote` writes all that follows.\n"


def model_names(root: Path) -> list[str]:
    """Every model that has a manifest."""
    return sorted(path.stem.replace("_", "-") for path in manifest_path(root, "x").parent.glob("*.toml"))


def read_manifest(root: Path, check: str) -> ModelManifest:
    """The manifest of a model. Raises UsageError: naming the models there are. Raises SpecError."""
    path = manifest_path(root, check)
    if not path.is_file():
        raise UsageError(
            f"no model {check!r}: {path} is missing", hint=f"models: {', '.join(model_names(root))}"
        )
    return ModelManifest.load(path)


def read_weights(root: Path, manifest: ModelManifest) -> dict[str, WeightsFile]:
    """The pinned files of a model, by name. Raises SpecError, or UsageError: when one is not pinned."""
    path = root / "services" / "vision" / "weights.toml"
    pinned = WeightsList.load(path).files
    if missing := [name for name in manifest.weights if name not in pinned]:
        raise UsageError(
            f"{manifest_path(root, manifest.check)}: weights: {path} has no {', '.join(missing)}"
        )
    return {name: pinned[name] for name in manifest.weights}


def file_sha256(path: Path) -> str:
    """Of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_evaluation(root: Path, check: str, evaluation: Evaluation) -> Path:
    """Replace the figures at the end of a manifest; returns its path.

    Raises SpecError: when the manifest would not be one afterwards; it stays as it was then.
    """
    path = manifest_path(root, check)
    text = f"{path.read_text().partition(MARK)[0].rstrip()}\n\n{MARK}{_toml(evaluation)}"
    with tempfile.TemporaryDirectory(prefix=".promote.", dir=path.parent) as scratch:
        draft = Path(scratch) / path.name
        draft.write_text(text)
        ModelManifest.load(draft)
        draft.chmod(path.stat().st_mode)
        os.replace(draft, path)
    return path


def _toml(evaluation: Evaluation) -> str:
    plain = evaluation.model_dump(mode="json", exclude={"counts", "windows", "date"})
    lines = ["[evaluation]", *(f"{key} = {_value(value)}" for key, value in plain.items())]
    lines += [f"date = {evaluation.date.isoformat()}", "", "[evaluation.counts]"]
    for metric, one in evaluation.counts.items():
        lines.append(f"{metric} = {{ events = {one.events}, total = {one.total} }}")
    lines += ["", "[evaluation.windows]", *(f"{k} = {list(v)}" for k, v in evaluation.windows.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    # What JSON makes of a text or a number is TOML too; where they differ, reading it back says so.
    return json.dumps(value, ensure_ascii=False)
