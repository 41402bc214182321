"""What this process reads of a model's manifest, `services/models/<model>.toml`.

The rest of the file (source, training data, intended use, how a threshold was chosen) is for people and for
`sre model`.
"""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.core.drift import Feature
from services.core.messages import ModelInfo
from services.vision.weights import pinned_sha256

FOLDER = Path(__file__).with_name("models")


class ManifestError(Exception):
    """A manifest is missing or wrong; a line each, naming file and key."""


def _ascending(edges: tuple[float, ...]) -> tuple[float, ...]:
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError("must ascend")
    return edges


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Threshold(_Part):
    """A number that decides."""

    value: float = Field(allow_inf_nan=False)


class Window(_Part):
    """A number of the answer that is watched for drift."""

    path: str = Field(min_length=1)
    edges: Annotated[tuple[float, ...], Field(min_length=1), AfterValidator(_ascending)]


class Evaluation(_Part):
    """What was measured of the promoted version."""

    windows: dict[str, tuple[int, ...]] = {}
    """Counts of each window's bins."""


class Manifest(_Part):
    """A model as the code needs to know it."""

    check: str
    name: str = Field(min_length=1)
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    weights: tuple[str, ...] = Field(min_length=1)
    """By their names in `weights.toml`."""
    thresholds: dict[str, Threshold] = {}
    windows: dict[str, Window] = {}
    evaluation: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, counts in self.evaluation.windows.items():
            bins = len(self.windows[name].edges) + 1 if name in self.windows else 0
            if len(counts) != bins:
                raise ValueError(f"evaluation.windows.{name}: {len(counts)} counts for {bins} bins")
        return self

    @property
    def info(self) -> ModelInfo:
        """Which model answered."""
        return ModelInfo(name=self.name, version=self.version)

    @property
    def features(self) -> tuple[Feature, ...]:
        """What is watched for drift."""
        seen = self.evaluation.windows
        return tuple(
            Feature(name, one.path, one.edges, seen.get(name, ())) for name, one in self.windows.items()
        )

    def threshold(self, name: str) -> float:
        """The threshold called `name`. Raises ManifestError: when the manifest has none."""
        if name not in self.thresholds:
            raise ManifestError(f"{path_of(self.check)}: thresholds.{name}: required")
        return self.thresholds[name].value

    def sha256_by_weights(self) -> dict[str, str]:
        """What each file of weights must hash to. Raises WeightsError: when one is not pinned."""
        return {name: pinned_sha256(name) for name in self.weights}


def load(check: str, folder: Path = FOLDER) -> Manifest:
    """Read the manifest of a check.

    Raises ManifestError: when the file is missing, or a key is missing or wrong.
    """
    path = path_of(check, folder)
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text()))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from None
    except ValidationError as error:
        raise ManifestError("\n".join(f"{path}: {_told(one)}" for one in error.errors())) from None
    if manifest.check != check:
        raise ManifestError(f"{path}: check: {manifest.check!r} must be {check!r}, after the file")
    return manifest


def path_of(check: str, folder: Path = FOLDER) -> Path:
    """Where the manifest of a check lies."""
    return folder / f"{check.replace('-', '_')}.toml"


def _told(error: object) -> str:
    assert isinstance(error, dict)  # noqa: S101  # pydantic's own
    key = ".".join(map(str, error["loc"]))
    cause = "required" if error["type"] == "missing" else error["msg"].removeprefix("Value error, ")
    return f"{key}: {cause}" if key else str(cause)
