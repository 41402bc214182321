"""What `sre deploy` saw of one rollout so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_cli.core import gates
from sre_cli.core.deployment import Check, Deployment, Verdict, judge
from sre_cli.flows.gatekeeper import Gatekeeper


@dataclass
class Watched:
    """What a rollout came to, and every check that failed on the way: by its end the containers are gone."""

    deployment: Deployment | None = None
    obstacles: list[str] = field(default_factory=list)
    """Why it cannot be placed at the moment."""
    stuck_since: float | None = None
    silent_since: float | None = None
    """Since when an engine has not answered."""
    failing: dict[tuple[str, str], Check] = field(default_factory=dict)
    keeper: Gatekeeper | None = None
    before: frozenset[str] = frozenset()
    """Allocations that were there before the rollout: one that is updated in place is not new."""
    is_interrupted: bool = False
    is_given_up: bool = False
    """Whether it took longer than it may."""

    @property
    def is_good(self) -> bool:
        """Whether it is healthy, and measures well."""
        passes = self.keeper is None or self.keeper.verdict is gates.Verdict.PASSED
        return self.verdict is Verdict.HEALTHY and passes

    @property
    def is_turned_down(self) -> bool:
        """Whether a gate says no, or none could say yes in time."""
        return self.keeper is not None and (self.keeper.verdict is gates.Verdict.FAILED or self.is_given_up)

    @property
    def is_unwanted(self) -> bool:
        """Whether it has to be undone although Nomad sees nothing wrong."""
        is_there = self.deployment is not None and self.verdict is not Verdict.FAILED
        return is_there and (self.is_turned_down or self.is_interrupted)

    @property
    def whereabouts(self) -> str:
        """What becomes of it when nobody watches any more."""
        if self.deployment and self.deployment.status == "paused":
            return "its rollout is paused until the next `sre deploy` of it"
        return "its rollout goes on by itself"

    @property
    def gate_lines(self) -> list[str]:
        """What each gate saw."""
        return [one.evidence for one in self.keeper.judged] if self.keeper else []

    @property
    def verdict(self) -> Verdict:
        return judge(self.deployment)

    @property
    def reason(self) -> str:
        """Why it is not healthy, or not good enough."""
        if self.is_interrupted:
            return "interrupted"
        if self.keeper and self.is_turned_down:
            return self.keeper.summary
        if self.obstacles and self.verdict is Verdict.WAITING:
            return f"cannot be placed: {'; '.join(self.obstacles)}"
        return self.deployment.description if self.deployment else "Nomad began no deployment"
