"""`sre deploy` of several jobs: wave after wave, the jobs of a wave side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sre_cli.core.render import Target
from sre_cli.errors import Interrupted
from sre_cli.flows.deploy import Deploy, Outcome
from sre_cli.flows.side_by_side import side_by_side
from sre_cli.flows.supply import Image, Supply
from sre_cli.specs.job import JobSpec

AT_ONCE = 4
"""Jobs that start together: nodes that pull and start everything at once miss every deadline."""


@dataclass(frozen=True)
class Prepared:
    """A job as it is to be deployed."""

    spec: JobSpec
    target: Target
    hcl: str

    @property
    def image(self) -> Image:
        """What its nodes will pull."""
        return self.spec.image, self.target.version


@dataclass
class Waves:
    """Deploys jobs in waves; images of later waves are pushed while an earlier one starts."""

    supply: Supply
    deployer: Callable[[], Deploy]
    """One for each job, for the engines' clients are not made for several threads."""
    done: Callable[[Outcome], None]
    """Called with each job's outcome as it comes."""
    turns: threading.Semaphore = field(init=False, default_factory=lambda: threading.Semaphore(AT_ONCE))
    interrupted: threading.Event = field(init=False, default_factory=threading.Event)
    """Rollouts that are under way go back then, and no other begins."""

    def run(self, waves: Sequence[Sequence[Prepared]]) -> None:
        """Raises the errors of Deploy, once the other jobs of the wave have ended too."""
        for index, wave in enumerate(waves):
            later = {one.image for following in waves[index + 1 :] for one in following}
            tasks: dict[str, Callable[[], Outcome | None]] = {
                one.spec.job: partial(self._deploy, one, self.deployer()) for one in wave
            }
            ahead = {f"image {image[0]}": partial(self._provide, image) for image in sorted(later)}
            side_by_side({**tasks, **ahead}, self._pass_on, self.interrupted)

    def _deploy(self, one: Prepared, deploy: Deploy) -> Outcome:
        self.supply.provide(one.image)
        with self.turns:
            if self.interrupted.is_set():
                raise Interrupted(f"{one.spec.job}: interrupted before anything was changed")
            deploy.is_interrupted = self.interrupted.is_set
            return deploy.run(one.spec, one.target, one.hcl)

    def _provide(self, image: Image) -> None:
        self.supply.provide(image)

    def _pass_on(self, outcome: Outcome | None) -> None:
        if outcome is not None:
            self.done(outcome)
