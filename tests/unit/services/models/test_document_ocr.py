"""The real networks on real specimens, turned every way."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PIL import Image

from services import models
from services.core.errors import ImageCorrupt, ServiceError, TextMissing
from services.core.images import Limits
from services.models import Model
from services.models.document_ocr import DocumentOcr
from tests.documents import drawn, specimens
from tests.faces import face_pairs
from tests.unit.services.corpus import drawing, encoded
from tests.zones import ICAO

EXPECTED = {
    "100_id-si.jpg": ("SI", "099991001", "1966-06-07", "F", "2008-07-27", "VZOREC", "TINA"),
    "100_pass-bdr.jpg": ("BDR", "CA000000", "1964-08-12", "F", "2018-02-21", "MUSTERMANN", "ERIKA"),
    "100_pass-hrv.jpg": ("HRV", "007007007", "1982-12-25", "F", "2014-07-01", "SPECIMEN", "SPECIMEN"),
    "100_pass-lux.jpg": ("LUX", "S998527", "1978-06-20", "F", "2011-08-08", "MAUS", "KETTY"),
    "100_pass-uto.jpg": ("UTO", "L898902C3", "1974-08-12", "F", "2012-04-15", "ERIKSSON", "ANNA MARIA"),
    "passport-td2.jpg": ("UTO", "D23145890", "1974-08-12", "F", "2012-04-15", "ERIKSSON", "ANNA MARIA"),
    "passport-td3.jpg": ("UTO", "L898902C3", "1974-08-12", "F", "2012-04-15", "ERIKSSON", "ANNA MARIA"),
    "synthetic_td3_capture.jpg": ("D", "DEG0D9PCF", "1977-07-03", "F", "2029-02-18", "OKAFOR", "VAN DUC"),
    "synthetic_td3_clean.png": ("D", "DEG0D9PCF", "1977-07-03", "F", "2029-02-18", "OKAFOR", "VAN DUC"),
}
"""Issuing state, number, birth, sex, expiry, names: what a person reads in the zone."""


@pytest.fixture(scope="module")
def model() -> Model:
    loaded = models.find("document-ocr").load(2, Limits())
    loaded.warm_up()
    return loaded


def ask(model: Model, data: bytes) -> DocumentOcr | ServiceError:
    said = model.predict([{"document": data}])[0].said
    assert isinstance(said, DocumentOcr | ServiceError)
    return said


def answered(model: Model, picture: Image.Image) -> DocumentOcr:
    said = ask(model, encoded(picture, "JPEG", quality=92))
    assert isinstance(said, DocumentOcr), said
    return said


def fields(said: DocumentOcr) -> tuple[str | None, ...]:
    assert said.fields
    told = said.fields
    elements = (
        told.issuing_state, told.document_number, told.date_of_birth, told.sex, told.date_of_expiry,
        told.primary_identifier, told.secondary_identifier,
    )  # fmt: skip
    return tuple(element.value for element in elements)


def test_every_specimen_is_read_right(model: Model) -> None:
    found = specimens()
    outcomes = model.predict([{"document": one.path.read_bytes()} for one in found])
    for one, outcome in zip(found, outcomes, strict=True):
        said = outcome.said
        assert isinstance(said, DocumentOcr), one.path.name
        assert said.mrz, one.path.name
        assert (said.mrz.kind, said.mrz.valid, said.complete) == (one.kind, True, False), one.path.name
        assert fields(said) == EXPECTED[one.path.name]
        assert outcome.timings_ms.keys() == {"decode", "detect", "recognise"}


def specimen(name: str) -> Image.Image:
    return Image.open(next(one.path for one in specimens() if one.path.name == name)).convert("RGB")


@pytest.mark.parametrize("turned", [90, 180, 270, 20, 200])
def test_a_document_may_be_turned_any_way(model: Model, turned: int) -> None:
    name = "100_pass-uto.jpg"
    picture = specimen(name).rotate(-turned, expand=True, fillcolor="gray", resample=Image.Resampling.BICUBIC)
    said = answered(model, picture)
    assert fields(said) == EXPECTED[name]
    assert abs((said.rotation - turned + 180) % 360 - 180) < 1.5


def test_a_document_that_is_small_in_the_picture_is_looked_at_closer(model: Model) -> None:
    name = "passport-td3.jpg"
    page = specimen(name)
    room = Image.new("RGB", (page.width * 3, page.height * 3), "tan")
    room.paste(page, (page.width, page.height // 2))
    assert fields(answered(model, room)) == EXPECTED[name]


def test_boxes_are_in_pixels_of_the_upright_original(model: Model) -> None:
    """Of a photograph that is decoded at a half, on its side by its EXIF orientation."""
    page = drawn(ICAO["TD3"]).resize((4400, 2800))
    exif = Image.Exif()
    exif[0x0112] = 6
    said = ask(model, encoded(page.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif))
    assert isinstance(said, DocumentOcr)
    assert said.rotation == pytest.approx(0, abs=0.5)
    first = said.lines[0]
    assert first.text.startswith("P<UT")
    assert (first.box.x, first.box.y + first.box.height / 2) == pytest.approx((240, 2080), abs=50)
    assert first.box.width == pytest.approx(3600, rel=0.05)
    assert first.quad[0] == pytest.approx((first.box.x, first.box.y), abs=20)


def test_a_page_without_a_zone_is_read_whole(model: Model) -> None:
    said = answered(model, drawn(()))
    assert [line.text.split() for line in said.lines] == [["UTOPIA", "PASSPORT"], ["Surname", "/", "Nom"]]
    assert (said.mrz, said.fields, said.complete) == (None, None, True)


def test_a_zone_with_a_wrong_check_digit_is_told_and_the_page_read_whole(model: Model) -> None:
    forged = (ICAO["TD3"][0], ICAO["TD3"][1].replace("740812", "740813"))
    said = answered(model, drawn(forged))
    assert said.mrz
    assert said.fields
    assert (said.mrz.valid, said.complete) == (False, True)
    assert (said.fields.date_of_birth.value, said.fields.date_of_birth.valid) == ("1974-08-13", False)
    assert said.fields.document_number.valid
    assert [line.text.split()[0] for line in said.lines[:2]] == ["UTOPIA", "Surname"]


def test_what_was_put_right_is_told(model: Model) -> None:
    """The recogniser reads the O of UTO as a zero in this font."""
    said = answered(model, drawn(ICAO["TD1"]))
    assert said.mrz
    assert (said.mrz.valid, tuple(said.mrz.lines)) == (True, ICAO["TD1"])
    read = [line.text for line in said.lines]
    assert ("nationality" in said.mrz.repaired) == (ICAO["TD1"][1] not in read)


@pytest.mark.parametrize("size", [(300, 300), (1200, 800)])
def test_no_text(model: Model, size: tuple[int, int]) -> None:
    said = ask(model, encoded(Image.new("RGB", size, "white"), "PNG"))
    assert isinstance(said, TextMissing)
    assert (said.image, said.status, said.code, said.billable) == ("document", 422, "no-text", True)


def test_portraits_have_no_text(model: Model) -> None:
    for pair in face_pairs()[:3]:
        assert isinstance(ask(model, pair.a.read_bytes()), TextMissing), pair.a.name


def test_noise_is_no_document(model: Model) -> None:
    said = ask(model, encoded(drawing((600, 400)), "PNG"))
    assert isinstance(said, TextMissing) or (isinstance(said, DocumentOcr) and not said.fields)


def test_a_cut_photograph_spoils_itself_only(model: Model) -> None:
    whole = encoded(drawn(()), "JPEG")
    spoilt, fine = model.predict([{"document": whole[:-500]}, {"document": whole}])
    assert isinstance(spoilt.said, ImageCorrupt)
    assert isinstance(fine.said, DocumentOcr)


def test_neither_weights_nor_characters_come_from_the_network() -> None:
    """With every socket refused, a page is still read; the package that holds the weights is not imported."""
    code = """
import socket, sys
def refused(*_args, **_kwargs): raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refused
from services import models
from services.core.images import Limits
from tests.documents import drawn
from tests.unit.services.corpus import encoded
from tests.zones import ICAO
model = models.find("document-ocr").load(1, Limits())
model.warm_up()
print(model.predict([{"document": encoded(drawn(ICAO["TD2"]), "PNG")}])[0].said.mrz.valid)
print([name for name in ("rapidocr", "requests", "urllib3") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["True", "[]"]
