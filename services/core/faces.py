"""Faces in a picture: where they are, and which one is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from services.core.errors import FaceMissing, FacesMultiple, FaceTooSmall

MIN_FACE_PX = 60
"""Below this height an embedding is not to be trusted."""
SURE_RATIO = 0.8
"""Detector confidence. Real faces reach 0.9; foliage and paintings stay below 0.8."""
COMPARABLE_RATIO = 0.5
"""A second face of at least this part of the first one's height may be the one that is meant; a smaller
one is a bystander, or the ghost portrait of an identity document."""

Landmarks = NDArray[np.float32]
"""Shape (5, 2), pixels: right eye, left eye, tip of the nose, right and left corner of the mouth. Right is
the person's own right: left in the picture."""


@dataclass(frozen=True)
class Face:
    """Where a detector saw a face, in pixels of the upright original; it may stick out of the picture."""

    x: float
    y: float
    width: float
    height: float
    confidence: float


class Box(BaseModel):
    """Pixels of the upright image, from its top left; a face may stick out of the picture."""

    x: int
    y: int
    width: int
    height: int


class SeenFace(BaseModel):
    """The face that an answer is about."""

    count: int = Field(ge=1, description="Faces in the image; all others are less than half as high")
    box: Box
    confidence: float = Field(ge=0, le=1, description="Of the detector")


def box_of(face: Face) -> Box:
    """Its box in whole pixels."""
    return Box(x=round(face.x), y=round(face.y), width=round(face.width), height=round(face.height))


def choose_face(seen: Sequence[Face]) -> tuple[int, int]:
    """Return the index of the face that is meant, and how many faces there are.

    What the detector doubts counts only where it is sure of nothing.
    Raises FaceMissing, FaceTooSmall, FacesMultiple.
    """
    sure = [i for i, face in enumerate(seen) if face.confidence >= SURE_RATIO]
    by_height = sorted(sure or range(len(seen)), key=lambda i: -seen[i].height)
    if not by_height:
        raise FaceMissing
    first = seen[by_height[0]]
    if first.height < MIN_FACE_PX:
        raise FaceTooSmall(f"The largest face is {first.height:.0f} px high; {MIN_FACE_PX} px are needed")
    if len(by_height) > 1 and seen[by_height[1]].height >= COMPARABLE_RATIO * first.height:
        raise FacesMultiple(f"{len(by_height)} faces; one must be at least twice as high as the others")
    return by_height[0], len(by_height)
