"""Which face is meant."""

from __future__ import annotations

import pytest

from services.core.errors import FaceMissing, FacesMultiple, FaceTooSmall
from services.core.faces import Face, choose_face


def face(height: float, confidence: float = 0.93) -> Face:
    return Face(0, 0, height * 0.75, height, confidence)


def test_the_only_face_is_meant() -> None:
    assert choose_face([face(200)]) == (0, 1)


def test_no_face() -> None:
    with pytest.raises(FaceMissing):
        choose_face([])


@pytest.mark.parametrize(("height", "enough"), [(59.9, False), (60, True)])
def test_sixty_pixels_are_enough(height: float, enough: bool) -> None:
    if enough:
        assert choose_face([face(height)]) == (0, 1)
        return
    with pytest.raises(FaceTooSmall, match="60 px are needed"):
        choose_face([face(height)])


def test_a_dominant_face_is_meant_and_bystanders_are_counted() -> None:
    assert choose_face([face(90), face(200), face(99)]) == (1, 3)


def test_two_comparable_faces_are_refused() -> None:
    with pytest.raises(FacesMultiple, match="2 faces"):
        choose_face([face(200), face(100)])


def test_a_painting_that_the_detector_doubts_does_not_count() -> None:
    assert choose_face([face(200), face(190, confidence=0.77), face(400, confidence=0.6)]) == (0, 1)


def test_a_doubtful_face_is_taken_where_there_is_no_better() -> None:
    assert choose_face([face(200, confidence=0.65)]) == (0, 1)
