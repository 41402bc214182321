"""Watches the numbers of a check's answers, and says how far they lie from the manifest's reference."""

from __future__ import annotations

from collections.abc import Sequence

from services import metrics
from services.core.drift import Feature, Recent, psi, psi_of_chance, values_at

WINDOW = 2_000
"""Values of a feature that this process remembers, as numbers of bins: no picture, no person."""
CHANCE_PSI = 0.05
"""Half of the index that is worth a look: below it, a sample is large enough to say anything."""


class DriftWatch:
    """One check's features. Those without a reference, or with too small a one, are not exported."""

    def __init__(self, check: str, features: Sequence[Feature]):
        self._check = check
        self._watched = [(one, Recent(one.edges, WINDOW)) for one in features if one.reference]

    def note(self, answer: object) -> None:
        """Count an answer in."""
        for feature, recent in self._watched:
            values = values_at(answer, feature.path)
            for value in values:
                recent.add(value)
            if values:
                self._export(feature, recent)

    def _export(self, feature: Feature, recent: Recent) -> None:
        of_chance = psi_of_chance(len(recent.counts), sum(feature.reference), len(recent))
        if of_chance <= CHANCE_PSI:
            index = psi(feature.reference, recent.counts)
            metrics.drift_psi.labels(self._check, feature.name).set(index)
