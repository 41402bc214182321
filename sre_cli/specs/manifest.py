"""ModelManifest: what `services/models/<model>.toml` says, and what `sre model promote` writes into it."""

from __future__ import annotations

import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, ValidationInfo, field_validator, model_validator

from sre_cli.specs.base import Part, Spec
from sre_cli.specs.evaluation import Count, Metric

Task = Literal["comparison", "presentation-attack", "document"]
Text = Annotated[str, Field(min_length=1)]
Margin = Annotated[float, Field(gt=0, lt=1)]


def _ascending(edges: tuple[float, ...]) -> tuple[float, ...]:
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError("must ascend")
    return edges


class Threshold(Part):
    """A number that decides, and how it was chosen."""

    value: FiniteFloat
    chosen: Text
    dataset: Text
    date: datetime.date
    """When it came into the project."""
    figures: Text


class Gate(Part):
    """When a version may take the place of its predecessor."""

    margins: dict[Metric, Margin]
    """By how much each rate of mistakes may be higher."""


class Retraining(Part):
    """When retraining is due."""

    disagreement_ratio_max: float = Field(gt=0, lt=1)
    """What part of the labelled answers may have been wrong."""
    labelled_min: int = Field(ge=1)
    """So many labels are needed before they say anything."""


class Window(Part):
    """A number of the answer that is watched for drift."""

    path: Text
    """Its keys in the answer, by dots; `*` is every key or item."""
    edges: Annotated[tuple[FiniteFloat, ...], Field(min_length=1), AfterValidator(_ascending)]


class Evaluation(Part):
    """The figures of the promoted version: what the gate compares with. Written by `sre model promote`."""

    version: Text
    date: datetime.date
    commit: Text
    reason: Text
    dataset_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    dataset_items: int = Field(ge=1)
    report_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the report that the figures come from."""
    counts: dict[Metric, Count]
    windows: dict[str, tuple[int, ...]]


class ModelManifest(Spec):
    """Everything there is to know about a model that its weights do not say."""

    check: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    name: Text
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    task: Task
    """How it is evaluated."""
    weights: tuple[Text, ...] = Field(min_length=1)
    """By their names in services/vision/weights.toml, which pins each."""
    source: Text
    training_data: Text
    intended_use: Text
    known_limits: tuple[Text, ...] = Field(min_length=1)
    thresholds: dict[str, Threshold]
    gate: Gate
    retraining: Retraining
    windows: dict[str, Window]
    evaluation: Evaluation | None = None

    @field_validator("check")
    @classmethod
    def _after_its_file(cls, value: str, info: ValidationInfo) -> str:
        expected = str((info.context or {}).get("file_id", value)).replace("_", "-")
        if value != expected:
            raise ValueError(f"must be {expected!r}, after the file")
        return value

    @model_validator(mode="after")
    def _bins(self) -> Self:
        for name, counts in (self.evaluation.windows if self.evaluation else {}).items():
            bins = len(self.windows[name].edges) + 1 if name in self.windows else 0
            if len(counts) != bins:
                raise ValueError(f"evaluation.windows.{name}: {len(counts)} counts for {bins} bins")
        return self


class WeightsFile(Part):
    """One file of weights: where it comes from, and what it must be."""

    name: Text
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: Text
    package: str | None = None
    """Of Python's, that carries it."""
    npm: dict[str, str] | None = None
    """Where it is fetched from otherwise."""


class WeightsList(Spec):
    """services/vision/weights.toml."""

    folder: Text
    files: dict[str, WeightsFile]


def manifest_path(root: Path, check: str) -> Path:
    """Where the manifest of a model lies."""
    return root / "services" / "models" / f"{check.replace('-', '_')}.toml"
