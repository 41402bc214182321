"""Which way up lines are, and in which order they are read."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.text_lines import (
    Quad,
    TextLine,
    along,
    direction,
    elongation,
    in_order,
    joined,
    page_direction,
    size,
)


def quad(x: float, y: float, width: float, height: float, turned: float = 0.0) -> Quad:
    """A line whose middle is at (x, y), turned clockwise."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(half @ turn.T + (x, y), np.float32)


def line(text: str, where: Quad) -> TextLine:
    return TextLine(text, 0.9, where)


def page(turned: float) -> list[TextLine]:
    """Three rows, the middle one in two parts far from each other, out of order."""
    places = {"top": (0, -100), "left": (-80, 0), "right": (80, 3), "foot": (0, 100)}
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middles = {text: turn @ at for text, at in places.items()}
    lines = [line(text, quad(x, y, 90, 20, turned)) for text, (x, y) in middles.items()]
    return [lines[number] for number in (3, 2, 0, 1)]


@pytest.mark.parametrize("turned", [0, 20, 90, 135, 180, 270, -45.5])
def test_a_page_is_read_in_order_whichever_way_it_is_turned(turned: float) -> None:
    assert [one.text for one in in_order(page(turned), turned)] == ["top", "left", "right", "foot"]


@pytest.mark.parametrize("turned", [-80, -20, 0, 7, 45, 89])
def test_the_direction_of_most_text_is_the_pages(turned: float) -> None:
    """A stamp across it and single letters change nothing."""
    quads = [quad(0, n * 40, 300, 20, turned) for n in range(5)]
    quads += [quad(0, 0, 200, 40, turned + 40), *(quad(n, 0, 18, 20, turned + 3) for n in range(20))]
    assert page_direction(quads) == pytest.approx(turned, abs=0.1)


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("turned", [0, 30, 90, 170, -100])
def test_any_corner_may_come_first(corner: int, turned: float) -> None:
    rolled = np.roll(quad(0, 0, 300, 20, turned), corner, axis=0)
    upright = along(rolled, turned)
    assert direction(upright) == pytest.approx(turned, abs=0.1)
    assert size(upright) == pytest.approx((300, 20), abs=0.1)
    assert size(along(rolled)) == pytest.approx((300, 20), abs=0.1)
    assert elongation(rolled) == pytest.approx(15, abs=0.1)


def test_a_high_letter_is_read_in_the_pages_direction() -> None:
    assert size(along(quad(0, 0, 10, 30), 0.0)) == pytest.approx((10, 30), abs=0.1)


def test_parts_of_a_line_are_joined_and_neighbours_are_not() -> None:
    parts = [line("P<UTO", quad(0, 0, 100, 20)), line("ERIKSSON", quad(120, 1, 100, 20))]
    label = line("Zone", quad(400, 0, 100, 20))
    below = line("L898902C3", quad(0, 40, 100, 20))
    assert joined([below, label, *reversed(parts)], 0.0) == ["P<UTOERIKSSON", "Zone", "L898902C3"]
