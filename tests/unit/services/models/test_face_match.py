"""The real model on real photographs."""

from __future__ import annotations

from statistics import median

import pytest
from PIL import Image, ImageFilter

from services import models
from services.core.errors import FaceMissing, FacesMultiple, FaceTooSmall, ImageCorrupt, ServiceError
from services.core.images import Limits
from services.models import Model
from services.models.face_match import FaceMatch, verdict
from tests.faces import IMAGES, face_pairs
from tests.unit.services.corpus import drawing, encoded

FACES = IMAGES / "faces"


@pytest.fixture(scope="module")
def model() -> Model:
    loaded = models.find("face-match").load(2, Limits())
    loaded.warm_up()
    return loaded


@pytest.fixture
def portrait() -> Image.Image:
    return Image.open(face_pairs()[0].a).convert("RGB")


def compare(model: Model, a: bytes, b: bytes) -> FaceMatch | ServiceError:
    said = model.predict([{"image_a": a, "image_b": b}])[0].said
    assert isinstance(said, FaceMatch | ServiceError)
    return said


def matched(model: Model, a: Image.Image, b: Image.Image) -> FaceMatch:
    said = compare(model, encoded(a, "PNG"), encoded(b, "PNG"))
    assert isinstance(said, FaceMatch), said
    return said


def test_every_labelled_pair_is_judged_right(model: Model) -> None:
    pairs = face_pairs()
    outcomes = model.predict([{"image_a": p.a.read_bytes(), "image_b": p.b.read_bytes()} for p in pairs])
    said = {(p.a.name, p.b.name): o.said for p, o in zip(pairs, outcomes, strict=True)}
    wrong = [
        k for p in pairs if (m := said[k := (p.a.name, p.b.name)]) and getattr(m, "match", None) != p.same
    ]
    assert wrong == []
    assert not any(getattr(one, "same_picture", None) for one in said.values())
    stages = {"decode", "detect", "quality", "embed"}
    assert all(stages == outcome.timings_ms.keys() for outcome in outcomes)


def test_the_quality_of_each_face_is_reported_and_costs_little(model: Model, portrait: Image.Image) -> None:
    small = portrait.resize((portrait.width // 5, portrait.height // 5)).filter(ImageFilter.GaussianBlur(3))
    images = {"image_a": encoded(portrait, "PNG"), "image_b": encoded(small, "PNG")}
    outcomes = model.predict([images] * 9)
    said = outcomes[0].said
    assert isinstance(said, FaceMatch)
    assert said.faces["image_a"].quality.reasons == []
    assert said.faces["image_b"].quality.reasons == ["face-too-small", "blurred"]
    spent = {stage: median(one.timings_ms[stage] for one in outcomes) for stage in ("quality", "detect")}
    assert spent["quality"] < 0.25 * spent["detect"]


def test_one_photograph_sent_twice_is_noticed(model: Model, portrait: Image.Image) -> None:
    again = encoded(portrait, "JPEG", quality=40)
    said = compare(model, encoded(portrait, "PNG"), again)
    assert isinstance(said, FaceMatch)
    assert (said.match, said.same_picture) == (True, True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_understood(model: Model, portrait: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    small = portrait.resize((455, 568))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)
    turned = small if undo is None else small.transpose(Image.Transpose(undo))
    said = compare(model, encoded(turned, "JPEG", exif=exif, quality=95), encoded(portrait, "PNG"))
    assert isinstance(said, FaceMatch)
    assert said.same_picture
    box = said.faces["image_a"].box
    assert (box.x, box.y) == pytest.approx((185, 45), abs=12)


@pytest.mark.parametrize(
    ("factor", "kind"), [(0.25, "JPEG"), (1, "JPEG"), (2, "JPEG"), (4, "JPEG"), (4, "WEBP")]
)
def test_size_does_not_change_the_verdict_nor_the_box(
    model: Model, portrait: Image.Image, factor: float, kind: str
) -> None:
    """Four times as large is decoded at a half."""
    resized = portrait.resize((round(portrait.width * factor), round(portrait.height * factor)))
    said = compare(model, encoded(resized, kind, quality=90), encoded(portrait, "PNG"))
    assert isinstance(said, FaceMatch)
    assert said.match
    assert said.faces["image_a"].box.height == pytest.approx(329 * factor, rel=0.06)


def test_two_faces_side_by_side_are_refused(model: Model, portrait: Image.Image) -> None:
    both = Image.new("RGB", (portrait.width * 2, portrait.height))
    both.paste(portrait, (0, 0))
    both.paste(portrait, (portrait.width, 0))
    said = compare(model, encoded(portrait, "PNG"), encoded(both, "PNG"))
    assert isinstance(said, FacesMultiple)
    assert said.image == "image_b"


def test_a_bystander_is_counted_and_ignored(model: Model, portrait: Image.Image) -> None:
    crowd = Image.new("RGB", (portrait.width * 2, portrait.height), "gray")
    crowd.paste(portrait, (0, 0))
    other = Image.open(FACES / "biden.jpg").convert("RGB").resize((340, 772))
    crowd.paste(other, (1200, 100))
    said = matched(model, crowd, portrait)
    assert (said.match, said.faces["image_a"].count) == (True, 2)


def test_no_face(model: Model, portrait: Image.Image) -> None:
    said = compare(model, encoded(drawing((400, 300)), "PNG"), encoded(portrait, "PNG"))
    assert isinstance(said, FaceMissing)
    assert said.image == "image_a"


def test_a_small_face(model: Model, portrait: Image.Image) -> None:
    tiny = portrait.resize((portrait.width // 8, portrait.height // 8))
    assert isinstance(compare(model, encoded(tiny, "PNG"), encoded(portrait, "PNG")), FaceTooSmall)


def test_a_cut_photograph_spoils_its_own_pair_only(model: Model, portrait: Image.Image) -> None:
    whole = encoded(portrait, "JPEG")
    good = {"image_a": whole, "image_b": whole}
    spoilt, fine = model.predict([good | {"image_b": whole[:-5000]}, good])
    assert isinstance(spoilt.said, ImageCorrupt)
    assert isinstance(fine.said, FaceMatch)


def test_the_score_is_even_at_the_threshold() -> None:
    assert (verdict(0.40, {}).score, verdict(0.40, {}).match) == (0.5, True)
    assert verdict(-1.0, {}).score == 0
    assert verdict(1.0, {}).score == pytest.approx(1, abs=1e-4)
