"""Report: what `sre model evaluate` writes, and `sre model gate` and `promote` read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from sre_cli.specs.base import Part, Spec

Metric = Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
"""A kind of mistake that a gate compares, like `false-rejection`."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Count(Part):
    """So many mistakes of so many chances to make one."""

    events: int = Field(ge=0)
    total: int = Field(ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.events > self.total:
            raise ValueError(f"{self.events} events of {self.total}")
        return self


class Item(Part):
    """One labelled item and what the model said about it."""

    name: str
    label: str
    said: str
    """Its decision in a word, or the code of its refusal."""
    refused: bool = False
    score: FiniteFloat | None = None
    counts: dict[Metric, Count] = Field(default={})
    """Of each kind of mistake that it could make here."""
    notes: tuple[str, ...] = ()
    """Why part of it could not be measured."""


class Figure(Part):
    """One measured number; a rate comes with its counts and 95 % interval."""

    name: str
    value: FiniteFloat | None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    events: int | None = None
    total: int | None = None
    note: str = ""


class ModelId(Part):
    """Which model answered."""

    check: str
    name: str
    version: str


class Dataset(Part):
    """What was asked."""

    folder: str
    sha256: Sha256
    """Over every item's name, label and files: two reports with the same one asked the same."""
    items: int
    of: int
    """Items of the folder; more than `items` where a limit was set."""


class Report(Spec):
    """An evaluation of one version on one labelled folder."""

    format: Literal[1] = 1
    model: ModelId
    weights: dict[str, Sha256]
    thresholds: dict[str, float]
    task: str
    dataset: Dataset
    commit: str
    """Of the evaluated services; `-dirty` at its end where files differed from it."""
    made_at: str
    machine: dict[str, str]
    figures: tuple[Figure, ...]
    windows: dict[str, tuple[int, ...]]
    """How the numbers that the manifest watches were distributed."""
    items: tuple[Item, ...] = Field(min_length=1)
