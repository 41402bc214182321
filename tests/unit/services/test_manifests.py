"""Every model has a manifest, and what is wrong with one is said by file and key."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from services import manifests, models
from services.manifests import FOLDER, ManifestError
from services.models import face_liveness, face_match
from services.vision.weights import PINNED


@pytest.mark.parametrize("name", models.names())
def test_every_model_has_one_and_is_called_after_it(name: str) -> None:
    manifest = manifests.load(name)
    assert models.find(name).model == manifest.info
    assert models.find(name).features == manifest.features != ()


@pytest.mark.parametrize("name", models.names())
def test_its_weights_are_the_pinned_ones(name: str) -> None:
    files = tomllib.loads(PINNED.read_text())["files"]
    manifest = manifests.load(name)
    assert manifest.sha256_by_weights() == {one: files[one]["sha256"] for one in manifest.weights}


def test_no_file_of_weights_is_pinned_for_nobody() -> None:
    used = {one for name in models.names() for one in manifests.load(name).weights}
    assert used == tomllib.loads(PINNED.read_text())["files"].keys()


def test_every_manifest_is_of_a_model() -> None:
    assert sorted(path.stem.replace("_", "-") for path in FOLDER.glob("*.toml")) == models.names()


def test_what_decides_comes_from_it() -> None:
    said = tomllib.loads((FOLDER / "face_match.toml").read_text())["thresholds"]
    assert said["even-cosine"]["value"] == face_match.EVEN_COSINE
    said = tomllib.loads((FOLDER / "face_liveness.toml").read_text())["thresholds"]
    assert (said["live-score"]["value"], said["spoof-score"]["value"]) == (
        face_liveness.LIVE_SCORE,
        face_liveness.SPOOF_SCORE,
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('version = "1.0.0"', 'version = "one"', "version: String should match"),
        ('version = "1.0.0"\n', "", "version: required"),
        ("value = 0.40", 'value = "much"', r"thresholds\.even-cosine\.value: Input should be a valid number"),
        ("value = 0.40", "value = nan", r"thresholds\.even-cosine\.value: Input should be a finite number"),
        ("edges = [0.02, 0.1,", "edges = [0.1, 0.02,", r"windows\.score\.edges: must ascend"),
        ('check = "face-match"', 'check = "face-mash"', "check: 'face-mash' must be 'face-match'"),
        ('version = "1.0.0"', 'version = "1.0.0', "cannot be read: "),
    ],
)
def test_a_mistake_is_named_by_file_and_key(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    text = (FOLDER / "face_match.toml").read_text()
    assert old in text
    (tmp_path / "face_match.toml").write_text(text.replace(old, new))
    with pytest.raises(ManifestError, match=rf"face_match\.toml: {complaint}"):
        manifests.load("face-match", tmp_path)


def test_a_window_and_its_counts_have_the_same_bins(tmp_path: Path) -> None:
    text = (FOLDER / "face_match.toml").read_text().partition("# The figures of the promoted")[0]
    (tmp_path / "face_match.toml").write_text(f"{text}\n[evaluation.windows]\nscore = [1, 2]\n")
    with pytest.raises(ManifestError, match=r"evaluation\.windows\.score: 2 counts for 6 bins"):
        manifests.load("face-match", tmp_path)


def test_a_missing_file_or_threshold_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"face_match\.toml: cannot be read"):
        manifests.load("face-match", tmp_path)
    shutil.copy(FOLDER / "face_match.toml", tmp_path)
    with pytest.raises(ManifestError, match=r"face_match\.toml: thresholds\.none: required"):
        manifests.load("face-match", tmp_path).threshold("none")
