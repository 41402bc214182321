"""Labelled items of a folder, by the tables in it.

pairs.csv: a,b,same; two files, and 1 or 0. labels.csv: file,task,label; task `identity`: whose face it is,
`pad`: `live` or the kind of attack (print, screen ...), `mrz`: the kind of machine-readable zone (td1, td2,
td3, mrv-a, mrv-b). Other columns are ignored. documents.csv: file,kind,zone,transcript, and a column for
each labelled field, called as in the API's answer. A cell of `zone` or `transcript` holds lines; an empty
cell says nothing.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from sre_cli.adapters.sample_images import load_pairs
from sre_cli.core.evaluation.comparisons import DIFFERENT, SAME
from sre_cli.core.evaluation.labelled import Labelled
from sre_cli.errors import UsageError
from sre_cli.specs.manifest import Task

PAIRS, LABELS, DOCUMENTS = "pairs.csv", "labels.csv", "documents.csv"
OWN = ("file", "kind")
"""Columns of documents.csv that are no labels of what is written."""


def load_items(folder: Path, task: Task) -> list[Labelled]:
    """Every item of the folder that a model of this task can be asked about.

    Raises UsageError: when a table, a column or a file is missing, or no row is of this task.
    """
    items = list(_LOADERS[task](folder))
    missing = sorted({str(path) for item in items for path in item.images if not path.is_file()})
    if missing:
        raise UsageError(
            f"{folder}: files are missing: {', '.join(missing[:5])}", hint=f"{len(missing)} in all"
        )
    if not items:
        raise UsageError(f"{folder}: no row is for a model of {task}", hint="sre model evaluate --help")
    return items


def dataset_sha256(items: Sequence[Labelled]) -> str:
    """Over every item's name, label, truth and files, whatever their order."""
    of_files = {path: hashlib.sha256(path.read_bytes()).hexdigest() for one in items for path in one.images}
    lines = sorted(
        json.dumps(
            [one.name, one.label, dict(one.truth), [of_files[path] for path in one.images]], sort_keys=True
        )
        for one in items
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _comparisons(folder: Path) -> Iterator[Labelled]:
    if (folder / PAIRS).exists():
        for pair in load_pairs(folder):
            yield _pair(folder, pair.a, pair.b, pair.same)
        return
    people = [(folder / row["file"], row["label"]) for row in _labels(folder, "identity")]
    for (a, one), (b, other) in combinations(people, 2):
        yield _pair(folder, a, b, one == other)


def _pair(folder: Path, a: Path, b: Path, same: bool) -> Labelled:
    name = f"{a.relative_to(folder)} {b.relative_to(folder)}"
    return Labelled(name, (a, b), SAME if same else DIFFERENT)


def _attacks(folder: Path) -> Iterator[Labelled]:
    for row in _labels(folder, "pad"):
        yield Labelled(row["file"], (folder / row["file"],), row["label"])


def _documents(folder: Path) -> Iterator[Labelled]:
    if not (folder / DOCUMENTS).exists():
        for row in _labels(folder, "mrz"):
            yield Labelled(row["file"], (folder / row["file"],), row["label"])
        return
    for row in _rows(folder / DOCUMENTS, OWN):
        truth = {column: text for column, text in row.items() if column not in OWN and text}
        yield Labelled(row["file"], (folder / row["file"],), row["kind"], truth)


def _labels(folder: Path, task: str) -> list[dict[str, str]]:
    return [row for row in _rows(folder / LABELS, ("file", "task", "label")) if row["task"] == task]


def _rows(table: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{table}: cannot be read: {error}", hint="sre model evaluate --help") from None
    for number, row in enumerate(rows, 2):
        lacking = [name for name in columns if row.get(name) is None] or [""] * (None in row)
        if lacking or None in row.values():
            raise UsageError(f"{table}: row {number} has not the columns of the first line, or lacks one of "
                             f"{', '.join(columns)}")  # fmt: skip
    return rows


_LOADERS = {"comparison": _comparisons, "presentation-attack": _attacks, "document": _documents}
