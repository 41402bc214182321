"""Where objectives stand, as Prometheus has counted; and whether a deploy may spend more of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sre_cli.core import burn
from sre_cli.core.burn import Events, Standing
from sre_cli.core.hours import Spans, open_spans
from sre_cli.core.slo_text import budget_words, spent_words
from sre_cli.errors import EngineUnavailable, Refused
from sre_cli.ports import Metrics
from sre_cli.specs.job import JobSpec
from sre_cli.specs.slo import Slo, Windows


@dataclass
class Objectives:
    """Counts the events of objectives."""

    metrics: Metrics
    windows: Windows
    now: Callable[[], datetime]

    def standing(self, slo: Slo) -> Standing:
        """Where it stands now. Raises EngineUnavailable."""
        now = self.now()
        period = self._events(slo, open_spans(slo.hours, now - slo.period, now))
        if period.total:
            seen = {
                name: (self._last(slo, one.long, now), self._last(slo, one.short, now))
                for name, one in self.windows.windows.items()
            }
        else:  # nothing was counted in all of it
            seen = dict.fromkeys(self.windows.windows, (period, period))
        return burn.stand(slo, period, seen, self.windows.windows, self.windows.fewest_events, now)

    def _last(self, slo: Slo, window: timedelta, now: datetime) -> Events:
        return self._events(slo, burn.opened(slo, window, now))

    def _events(self, slo: Slo, spans: Spans) -> Events:
        bad, total = (self._value(query) for query in burn.queries(slo.ratio, spans))
        # Extrapolated one by one, the two may differ by a fraction of an event.
        return Events(min(max(0.0, bad), total), total)

    def _value(self, query: str) -> float:
        found = self.metrics.instant(query)
        return found[0].value if found else 0.0


def budget_lines(objectives: Objectives | None, slos: Sequence[Slo]) -> list[str]:
    """What is left of each, for somebody who is about to deploy. Raises EngineUnavailable."""
    return [budget_words(objectives.standing(slo)) for slo in slos] if objectives else []


def refuse_spent(
    find_objectives: Callable[[], Objectives | None], slos: Callable[[JobSpec], Sequence[Slo]],
    note: Callable[[str], None], spec: JobSpec,
) -> None:  # fmt: skip
    """Raises Refused: nothing is left of the budget of one of the job's objectives.

    Where it cannot be known, the deploy goes on: it may be what brings Prometheus back.
    """
    watched = slos(spec)
    if not watched:
        return
    objectives = find_objectives()
    if objectives is None:
        note("no Prometheus that operators reach: nobody asked whether error budget is left")
        return
    try:
        spent = burn.spent(objectives.standing(slo) for slo in watched)
    except EngineUnavailable as error:
        note(f"not known whether error budget is left: {error.message}")
        return
    if spent:
        told = "; ".join(map(spent_words, spent))
        raise Refused(
            f"{spec.job}: {told}; nothing was changed",
            hint='what mends it may be deployed all the same: --override --why "..."',
        )
