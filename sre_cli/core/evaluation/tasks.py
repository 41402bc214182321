"""The kinds of evaluation there are, by the manifest's `task`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sre_cli.core.evaluation import attacks, comparisons, documents
from sre_cli.core.evaluation.labelled import Answer, Labelled
from sre_cli.specs.evaluation import Figure, Item
from sre_cli.specs.manifest import Task

Scores = Callable[[Sequence[Item]], tuple[list[float], list[float]]]


@dataclass(frozen=True)
class Evaluator:
    """How items of one kind are judged."""

    judge: Callable[[Labelled, Answer], Item]
    figures: Callable[[Sequence[Item]], list[Figure]]
    scores: Scores | None = None
    """Of what should be accepted and of the rest, where the model scores."""


EVALUATORS: dict[Task, Evaluator] = {
    "comparison": Evaluator(comparisons.judge, comparisons.figures, comparisons.scores),
    "presentation-attack": Evaluator(attacks.judge, attacks.figures, attacks.scores),
    "document": Evaluator(documents.judge, documents.figures),
}
