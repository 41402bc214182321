"""Numbers and reasons about drawn crops and a head of five points; of photographs, see the models' tests."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.faces import Face
from services.core.quality import CROP_PX, Quality, QualityReason, blur_ratio, judge, judge_pose

# Right and left eye, nose, right and left corner of the mouth; x right, y down, z towards the camera, in
# parts of the distance between the eyes. The usual head of six points, the eyes' corners brought together.
HEAD = np.array(
    [(-0.5, -0.52, -0.41), (0.5, -0.52, -0.41), (0, 0, 0), (-0.45, 0.45, -0.38), (0.45, 0.45, -0.38)]
)
FACE = Face(100, 100, 150, 200, confidence=0.9)
PICTURE_PX = (400.0, 400.0)


def head(yaw_deg: float = 0, pitch_deg: float = 0, roll_deg: float = 0) -> np.ndarray:
    """The five points as a camera far away sees them, 100 px between the eyes."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    turned = HEAD @ np.array(about_y).T @ np.array(about_x).T @ np.array(about_z).T
    return np.asarray(turned[:, :2] * 100 + 200, np.float32)


def noise(mean: float = 128, spread: float = 40, seed: int = 1) -> np.ndarray:
    """As sharp as can be."""
    drawn = np.random.default_rng(seed).normal(mean, spread, (CROP_PX, CROP_PX))
    return drawn.clip(0, 255).astype(np.uint8)


def blurred(crop: np.ndarray, width_px: int) -> np.ndarray:
    """Along its rows, by three moving averages: nearly a Gaussian. Full contrast again afterwards."""
    soft = crop.astype(np.float32)
    for _ in range(3):
        summed = np.pad(soft, ((0, 0), (width_px, 0)), "edge").cumsum(axis=1)
        soft = (summed[:, width_px:] - summed[:, :-width_px]) / width_px
    soft = (soft - soft.mean()) * 40 / soft.std() + 128
    return np.asarray(soft.clip(0, 255), np.uint8)


def judged(crop: np.ndarray | None = None, face: Face = FACE, landmarks: np.ndarray | None = None) -> Quality:
    return judge(
        noise() if crop is None else crop, face, head() if landmarks is None else landmarks, PICTURE_PX
    )


def test_a_good_picture_has_its_numbers_and_no_reason() -> None:
    seen = judged()
    assert seen.reasons == []
    assert (seen.face_px, seen.inside_ratio, seen.overexposed_ratio) == (200, 1.0, 0.002)
    assert seen.brightness_level == pytest.approx(128, abs=1)
    assert seen.contrast_level == pytest.approx(40, abs=1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"face": Face(100, 100, 60, 79, confidence=0.9)}, QualityReason.FACE_TOO_SMALL),
        ({"face": Face(-6, 100, 150, 200, confidence=0.9)}, QualityReason.FACE_CUT_OFF),
        ({"face": Face(100, 210, 150, 200, confidence=0.9)}, QualityReason.FACE_CUT_OFF),
        ({"crop": noise(mean=55, spread=20)}, QualityReason.TOO_DARK),
        ({"crop": noise(mean=235)}, QualityReason.TOO_BRIGHT),
        ({"crop": noise(spread=12)}, QualityReason.LOW_CONTRAST),
        ({"landmarks": head(yaw_deg=34)}, QualityReason.FACE_TURNED),
        ({"landmarks": head(yaw_deg=-34)}, QualityReason.FACE_TURNED),
        ({"landmarks": head(pitch_deg=-30)}, QualityReason.FACE_RAISED),
        ({"landmarks": head(pitch_deg=30)}, QualityReason.FACE_LOWERED),
        ({"landmarks": head(roll_deg=26)}, QualityReason.FACE_TILTED),
        ({"landmarks": head(roll_deg=-26)}, QualityReason.FACE_TILTED),
    ],
)
def test_each_lack_has_its_reason(changed: dict[str, object], reason: QualityReason) -> None:
    assert judged(**changed).reasons == [reason]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "angles", [(20, 0, 0), (-20, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 20), (0, 0, -20)]
)
def test_nobody_looks_quite_straight_ahead(angles: tuple[float, float, float]) -> None:
    assert judged(landmarks=head(*angles)).reasons == []


@pytest.mark.parametrize("angle_deg", [-30, -10, 0, 10, 30])
def test_the_angles_follow_their_formulas(angle_deg: float) -> None:
    turned = judge_pose(head(yaw_deg=angle_deg))
    assert turned.yaw_ratio == pytest.approx(0.8 * np.tan(np.radians(angle_deg)), abs=0.01)
    assert judge_pose(head(roll_deg=angle_deg)).roll_deg == pytest.approx(angle_deg, abs=0.1)


def test_how_a_head_is_tilted_changes_neither_yaw_nor_pitch() -> None:
    straight, tilted = judge_pose(head(20, 10)), judge_pose(head(20, 10, 40))
    assert (tilted.yaw_ratio, tilted.pitch_ratio) == pytest.approx(
        (straight.yaw_ratio, straight.pitch_ratio), abs=0.002
    )
    assert straight.pitch_ratio > judge_pose(head(20, 0)).pitch_ratio > judge_pose(head(20, -10)).pitch_ratio


@pytest.mark.parametrize("landmarks", [np.zeros((5, 2)), np.arange(10).reshape(5, 2), head() * [1, 0]])
def test_landmarks_that_make_no_face_give_bounded_numbers_and_reasons(landmarks: np.ndarray) -> None:
    seen = judged(landmarks=landmarks.astype(np.float32))
    assert abs(seen.yaw_ratio) <= 10
    assert abs(seen.pitch_ratio) <= 10
    assert seen.reasons


def test_the_more_a_picture_is_blurred_the_higher_the_ratio() -> None:
    ratios = [blur_ratio(blurred(noise(), width_px)) for width_px in (1, 2, 3, 5, 9)]
    assert ratios == sorted(ratios)
    assert ratios[0] < 0.25
    assert ratios[-1] > 0.75


def test_blur_in_one_direction_is_enough_and_contrast_does_not_matter() -> None:
    moved = blurred(noise(), 9)
    assert blur_ratio(moved.T.copy()) == blur_ratio(moved)
    assert judged(moved).reasons == [QualityReason.BLURRED]
    assert blur_ratio(noise(spread=20)) == pytest.approx(blur_ratio(noise()), abs=0.01)


def test_an_even_surface_has_no_detail() -> None:
    even = np.full((CROP_PX, CROP_PX), 128, np.uint8)
    assert judged(even).blur_ratio == 1
    assert judged(even).reasons == [QualityReason.LOW_CONTRAST, QualityReason.BLURRED]
