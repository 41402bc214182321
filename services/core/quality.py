"""How good a picture of a face is, from its pixels and five landmarks. Numbers, and reasons to show.

Each threshold says what was seen: in the 15 labelled photographs of faces among the project's test images and
in 66 other portraits, as they are and made worse on purpose.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from services.core.faces import Face, Landmarks

Crop = NDArray[np.uint8]
"""Grey, shape (CROP_PX, CROP_PX): the middle of a face, its full width, brought to one size."""

CROP_PX = 112
SMALL_PX = 80
"""Below this height blur cannot be told from too few pixels, and liveness falls off. Refused below 60."""
INSIDE_RATIO = 0.97
"""Part of the face's box within the picture. Seen: 1.0, and 0.91 where the picture cuts a cheek off."""
DARK_LEVEL = 60.0
"""Mean grey. Seen: 103 to 187; at a third of the light, one live face in seven is not taken for live."""
OVEREXPOSED_RATIO = 0.25
"""Part of the face at OVEREXPOSED_LEVEL or more. Seen: 0.03 at most, and 0.08 in one glaring screen; 1.4
times as bright, half of the faces reach 0.13, and one live face in twenty is not taken for live."""
FLAT_LEVEL = 15.0
"""Standard deviation of grey. Seen: 30 to 62; at a fifth of the contrast, 6 to 12, half of the live faces
are not taken for live."""
BLUR_RATIO = 0.72
"""Seen: 0.32 to 0.60, and up to 0.71 in faces shrunk to 80 px. A Gaussian of 1.5 % of the face's height gives
0.72 and more; from 2 % on, the liveness network takes blurred spoofs for live."""
TURNED_RATIO = 0.5
"""Of yaw, to either side: about 32 degrees. Seen: 0.41 at most."""
RAISED_RATIO, LOWERED_RATIO = 0.40, 0.76
"""Of pitch: about 25 degrees up, and 25 down. Seen: 0.49 to 0.67."""
TILTED_DEG = 25.0
"""Of roll, to either side: about 32 degrees in truth, see `judge_pose`. Seen: 20 at most."""

OVEREXPOSED_LEVEL = 250
REBLUR_PX = 9
UNKNOWN_RATIO = 10.0
"""Bound of a ratio: landmarks that fall together give no angle."""


class QualityReason(StrEnum):
    """What to do better; stable codes."""

    FACE_TOO_SMALL = "face-too-small"
    FACE_CUT_OFF = "face-cut-off"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    LOW_CONTRAST = "low-contrast"
    BLURRED = "blurred"
    FACE_TURNED = "face-turned"
    FACE_RAISED = "face-raised"
    FACE_LOWERED = "face-lowered"
    FACE_TILTED = "face-tilted"


class Pose(BaseModel):
    """Where a face looks, as far as five landmarks tell. The person's own left and right."""

    yaw_ratio: float = Field(
        description="0 ahead; 1 when the nose is level with the left eye, -1 with the right one"
    )
    pitch_ratio: float = Field(description="Height of the nose: 0 at the eyes, 1 at the mouth, 0.6 ahead")
    roll_deg: float = Field(description="Tilt of the line from eyes to mouth; positive is clockwise")


class Quality(Pose):
    """How good the picture of the face is. Levels are of grey, 0 to 255."""

    face_px: int = Field(description="Height of the face in the original")
    inside_ratio: float = Field(description="Part of the face's box that is within the picture")
    brightness_level: float = Field(description="Mean grey of the face")
    contrast_level: float = Field(description="Standard deviation of the grey of the face")
    overexposed_ratio: float = Field(description=f"Part of the face at {OVEREXPOSED_LEVEL} or brighter")
    blur_ratio: float = Field(description="0 is as sharp as can be, 1 has no detail")
    reasons: list[QualityReason] = Field(description="What to do better; empty when all is well")


def judge(crop: Crop, face: Face, landmarks: Landmarks, picture_px: tuple[float, float]) -> Quality:
    """Judge one face. `picture_px` is width and height in the pixels of `face`; `landmarks` may be scaled."""
    measured = Quality(
        **judge_pose(landmarks).model_dump(),
        face_px=round(face.height),
        inside_ratio=round(_inside_ratio(face, picture_px), 3),
        brightness_level=round(float(crop.mean()), 1),
        contrast_level=round(float(crop.std()), 1),
        overexposed_ratio=round(float((crop >= OVEREXPOSED_LEVEL).mean()), 3),
        blur_ratio=round(blur_ratio(crop), 3),
        reasons=[],
    )
    return measured.model_copy(update={"reasons": list(_reasons(measured))})


def judge_pose(landmarks: Landmarks) -> Pose:
    """Where the nose lies between the eyes and the mouth, which turn with the head and it stands out of.

    With v from the middle of the eyes to the middle of the mouth, and u to the right of it: roll is the angle
    of v; pitch is the nose's offset along v, as a part of v's length; yaw is its offset along u, as a part of
    half the distance of the eyes. A usual nose stands out by 0.4 of that distance: yaw is 0.8 tan(angle).
    The detector sees heads straighter than they are: it says 24 of 30 degrees, by the line of the eyes 18.
    """
    right_eye, left_eye, nose, *mouth = (complex(*point) for point in landmarks.tolist())
    between, eyes_px = (left_eye + right_eye) / 2, abs(left_eye - right_eye)
    down = sum(mouth) / 2 - between
    # Divided by `down`, a point's real part is its offset along v, its imaginary part that against u.
    offset = (nose - between) / down if down else complex(UNKNOWN_RATIO, UNKNOWN_RATIO)
    return Pose(
        yaw_ratio=_bounded(-2 * offset.imag * abs(down) / eyes_px if eyes_px else UNKNOWN_RATIO),
        pitch_ratio=_bounded(offset.real),
        roll_deg=round(math.degrees(cmath.phase(down / 1j)), 1),
    )


def blur_ratio(crop: Crop) -> float:
    """How little a second blur changes: F. Crete, T. Dolmiere, P. Ladet, M. Nicolas: The blur effect, 2007.

    The part of the differences between neighbours that a moving average of REBLUR_PX leaves, along the axis
    where it is more. Neither contrast nor brightness change it.
    """
    grey = crop.astype(np.float32)
    return max(_left_by_reblur(grey), _left_by_reblur(grey.T))


def _left_by_reblur(grey: NDArray[np.float32]) -> float:
    half = REBLUR_PX // 2
    before = np.abs(grey[half + 1 : -half] - grey[half : -half - 1])
    # Two neighbouring averages differ by the pixel that came and the one that went.
    after = np.abs(grey[REBLUR_PX:] - grey[:-REBLUR_PX]) / REBLUR_PX
    total = float(before.sum())
    return 1 - float(np.maximum(before - after, 0).sum()) / total if total else 1.0


def _inside_ratio(face: Face, picture_px: tuple[float, float]) -> float:
    inside_px2 = 1.0
    for start, length, limit in zip((face.x, face.y), (face.width, face.height), picture_px, strict=True):
        inside_px2 *= max(0.0, min(limit, start + length) - max(0.0, start))
    return inside_px2 / max(face.width * face.height, 1.0)


def _bounded(ratio: float) -> float:
    return round(min(max(ratio, -UNKNOWN_RATIO), UNKNOWN_RATIO), 3)


def _reasons(seen: Quality) -> Iterator[QualityReason]:
    reason = QualityReason
    doubts = {
        reason.FACE_TOO_SMALL: seen.face_px < SMALL_PX,
        reason.FACE_CUT_OFF: seen.inside_ratio < INSIDE_RATIO,
        reason.TOO_DARK: seen.brightness_level < DARK_LEVEL,
        reason.TOO_BRIGHT: seen.overexposed_ratio > OVEREXPOSED_RATIO,
        reason.LOW_CONTRAST: seen.contrast_level < FLAT_LEVEL,
        reason.BLURRED: seen.blur_ratio > BLUR_RATIO,
        reason.FACE_TURNED: abs(seen.yaw_ratio) > TURNED_RATIO,
        reason.FACE_RAISED: seen.pitch_ratio < RAISED_RATIO,
        reason.FACE_LOWERED: seen.pitch_ratio > LOWERED_RATIO,
        reason.FACE_TILTED: abs(seen.roll_deg) > TILTED_DEG,
    }
    return (code for code, holds in doubts.items() if holds)
