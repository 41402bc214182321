"""`sre model retrain-check`: what Prometheus knows about drift and feedback, by the services' names."""

from __future__ import annotations

from sre_cli.core.evaluation.retraining import Evidence
from sre_cli.ports import Metrics, Sample
from sre_cli.specs.evaluation import Count

WRONG = "wrong"
"""The verdict of who labelled an answer and disagrees with it."""


def fetch_evidence(metrics: Metrics, check: str, days: int) -> Evidence:
    """The highest index of any worker, by feature, and the feedback of so many days.

    Raises EngineUnavailable.
    """
    psi = metrics.instant(f'max by (feature) (ekyc_drift_psi{{check="{check}"}})')
    told = metrics.instant(f'sum by (verdict) (increase(ekyc_feedback_total{{check="{check}"}}[{days}d]))')
    return Evidence({one.labels["feature"]: one.value for one in psi}, _feedback(told))


def _feedback(told: list[Sample]) -> Count | None:
    if not told:
        return None
    # An increase is extrapolated: of whole events it makes fractions.
    by_verdict = {one.labels.get("verdict", ""): round(one.value) for one in told}
    return Count(events=by_verdict.get(WRONG, 0), total=sum(by_verdict.values()))
