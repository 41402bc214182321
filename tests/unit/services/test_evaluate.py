"""What the evaluation process says; the real models are asked by the tests of `sre model evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services import evaluate, manifests, models
from services.core.errors import FaceMissing
from services.models import Images, Outcome
from tests.unit.services.rig import StubResult


class Model:
    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        (images,) = batch
        assert list(images) == ["image_a", "image_b"]
        if images["image_a"] == b"poison":
            raise RuntimeError("poison")
        return [
            Outcome(FaceMissing() if not images["image_a"] else StubResult(seen=images["image_b"].decode()))
        ]


@pytest.fixture(autouse=True)
def _stub(monkeypatch: pytest.MonkeyPatch) -> None:
    check = replace(models.find("face-match"), load=lambda _threads, _limits: Model())
    monkeypatch.setattr(models, "find", lambda _name: check)


def test_every_item_has_a_line_whatever_becomes_of_it(tmp_path: Path) -> None:
    for name, content in {"a": b"a", "empty": b"", "poison": b"poison"}.items():
        (tmp_path / name).write_bytes(content)
    asked = [
        {"name": first, "images": [str(tmp_path / first), str(tmp_path / "a")]}
        for first in ("a", "empty", "poison", "gone")
    ]
    about, *said, last = evaluate.answers("face-match", asked)
    manifest = manifests.load("face-match")
    assert about["model"] == {"check": "face-match", "name": manifest.name, "version": manifest.version}
    assert about["weights"] == manifest.sha256_by_weights()
    assert about["thresholds"]["even-cosine"] == 0.4
    assert said == [
        {"name": "a", "result": {"seen": "a"}},
        {"name": "empty", "refusal": FaceMissing.code},
        {"name": "poison", "refusal": "model-failed"},
        {"name": "gone", "refusal": "unreadable"},
    ]
    assert last["windows"]["score"] == [0] * 6
