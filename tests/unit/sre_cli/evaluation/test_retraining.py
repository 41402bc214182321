"""Whether retraining is due."""

from __future__ import annotations

import pytest

from sre_cli.core.evaluation.retraining import Evidence, advise
from sre_cli.flows.retrain_check import fetch_evidence
from sre_cli.ports import Sample
from sre_cli.specs.evaluation import Count
from sre_cli.specs.manifest import Retraining

RULE = Retraining(disagreement_ratio_max=0.05, labelled_min=200)
FINE = Count(events=4, total=400)
FEATURES = ("blur", "score")


@pytest.mark.parametrize(
    ("psi", "feedback", "due"),
    [
        ({"score": 0.02, "blur": 0.05}, FINE, "not due"),
        ({"score": 0.02, "blur": 0.249}, FINE, "not due"),
        ({"score": 0.02, "blur": 0.25}, FINE, "due"),
        ({"score": 0.3}, None, "due"),
        ({"score": 0.02}, FINE, "not enough data"),
        ({}, None, "not enough data"),
        ({"score": 0.02, "blur": 0.05}, Count(events=0, total=199), "not enough data"),
        ({"score": 0.02, "blur": 0.05}, Count(events=40, total=400), "due"),
        ({"score": 0.02, "blur": 0.05}, Count(events=12, total=200), "not due"),
        ({"score": 0.02, "blur": 0.05}, Count(events=1, total=1), "not enough data"),
    ],
)
def test_one_reason_is_enough_and_no_needs_all(
    psi: dict[str, float], feedback: Count | None, due: str
) -> None:
    advice = advise(Evidence(psi, feedback), FEATURES, RULE)
    assert advice.due == due
    assert bool(advice.reasons) == (due == "due")
    assert due != "not due" or not advice.missing


def test_what_is_near_is_named_and_what_is_missing_too() -> None:
    advice = advise(Evidence({"score": 0.12}, Count(events=12, total=200)), FEATURES, RULE)
    assert [line.partition(":")[0] for line in advice.watch] == ["score", "feedback"]
    assert [line.partition(":")[0] for line in advice.missing] == ["blur"]


class FakeMetrics:
    def __init__(self, psi: list[Sample], feedback: list[Sample]):
        self._answers = {"ekyc_drift_psi": psi, "ekyc_feedback_total": feedback}

    def instant(self, query: str) -> list[Sample]:
        assert '{check="face-match"}' in query
        return next(found for name, found in self._answers.items() if name in query)


def test_prometheus_is_asked_for_both() -> None:
    told = [Sample({"verdict": "right"}, 390.2), Sample({"verdict": "wrong"}, 9.9)]
    seen = fetch_evidence(FakeMetrics([Sample({"feature": "score"}, 0.3)], told), "face-match", 30)
    assert seen == Evidence({"score": 0.3}, Count(events=10, total=400))
    assert fetch_evidence(FakeMetrics([], []), "face-match", 30) == Evidence({}, None)
