"""Drift is exported where a reference and enough answers let it mean something."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from services.core.drift import Feature, psi
from services.worker.drift import DriftWatch

LARGE = (400, 400)


def exported(check: str) -> float | None:
    return REGISTRY.get_sample_value("ekyc_drift_psi", {"check": check, "feature": "score"})


def watch(check: str, reference: tuple[int, ...]) -> DriftWatch:
    return DriftWatch(check, [Feature("score", "score", (0.5,), reference)])


def test_the_index_of_the_last_answers_is_exported() -> None:
    watched = watch("drifting", LARGE)
    for _ in range(300):
        watched.note({"score": 0.9})
    assert exported("drifting") == pytest.approx(psi(LARGE, (0, 300)))
    for _ in range(300):
        watched.note({"score": 0.1})
    assert exported("drifting") == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("check", "reference", "answers"),
    [("few-answers", LARGE, 10), ("small-reference", (8, 7), 500), ("no-reference", (), 500)],
)
def test_what_would_be_chance_is_not_exported(check: str, reference: tuple[int, ...], answers: int) -> None:
    watched = watch(check, reference)
    for _ in range(answers):
        watched.note({"score": 0.9})
    assert exported(check) is None


def test_an_answer_without_the_number_changes_nothing() -> None:
    watched = watch("silent", LARGE)
    watched.note({"other": 1})
    watched.note(None)
    assert exported("silent") is None
