"""`sre model evaluate`: asks a model about labelled items and judges what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sre_cli.core.evaluation.labelled import Labelled
from sre_cli.core.evaluation.tasks import EVALUATORS
from sre_cli.ports import LabelledModel
from sre_cli.specs.evaluation import Dataset, ModelId, Report
from sre_cli.specs.manifest import Task

STEPS = 20
"""So often a long evaluation says how far it is."""


@dataclass(frozen=True)
class Circumstances:
    """What a report says about where it comes from."""

    commit: str
    made_at: str
    machine: Mapping[str, str]


@dataclass(frozen=True)
class Evaluate:
    """An evaluation of one version."""

    model: LabelledModel
    task: Task
    say: Callable[[str], None]

    def run(self, items: Sequence[Labelled], dataset: Dataset, about: Circumstances) -> Report:
        """Raises EngineUnavailable: when the model cannot be asked."""
        said = self.model.ask(items, lambda count: self._tell(count, len(items)))
        evaluator = EVALUATORS[self.task]
        judged = [evaluator.judge(item, one) for item, one in zip(items, said.answers, strict=True)]
        return Report(
            model=ModelId(**said.model),
            weights=dict(said.weights),
            thresholds=dict(said.thresholds),
            task=self.task,
            dataset=dataset,
            commit=about.commit,
            made_at=about.made_at,
            machine=dict(about.machine),
            figures=tuple(evaluator.figures(judged)),
            windows={name: tuple(counts) for name, counts in said.windows.items()},
            items=tuple(judged),
        )

    def _tell(self, count: int, of: int) -> None:
        if not count:
            self.say("the model is loaded and warmed")
        elif count <= of and (count == of or count % max(1, of // STEPS) == 0):
            self.say(f"{count} of {of} items")
