"""Which tasks are sampled, and what counts as the same answer."""

from __future__ import annotations

import pytest

from services.core.feedback import Truths
from services.core.shadow import Seen, agreement, is_sampled, score_difference

TRUTHS = Truths(lambda result: result["verdict"], words=("live", "spoof"))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_a_share_is_sampled_and_always_the_same(share: float) -> None:
    drawn = [is_sampled(f"{number}", share) for number in range(2_000)]
    assert drawn == [is_sampled(f"{number}", share) for number in range(2_000)]
    assert sum(drawn) / 2_000 == pytest.approx(share, abs=0.03)


def test_a_larger_share_holds_the_smaller() -> None:
    assert all(is_sampled(f"{number}", 0.5) for number in range(500) if is_sampled(f"{number}", 0.1))


@pytest.mark.parametrize(
    ("given", "candidate", "same", "difference"),
    [
        (Seen({"verdict": "live", "score": 0.9}), Seen({"verdict": "live", "score": 0.7}), True, 0.2),
        (Seen({"verdict": "live", "score": 0.9}), Seen({"verdict": "spoof", "score": 0.9}), False, 0.0),
        (Seen({"verdict": "live", "score": 0.9}), Seen(refusal="no-face"), False, None),
        (Seen(refusal="no-face"), Seen(refusal="no-face"), True, None),
        (Seen(refusal="no-face"), Seen(refusal="multiple-faces"), False, None),
        (Seen({"verdict": "live", "score": "x"}), Seen({"verdict": "live", "score": 1}), True, None),
    ],
)
def test_answers_are_compared(given: Seen, candidate: Seen, same: bool, difference: float | None) -> None:
    assert (agreement(given, candidate, TRUTHS) == "same") == same
    assert score_difference(given, candidate) == pytest.approx(difference)
