"""Passports that are drawn, with a real portrait in them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.documents import drawn
from tests.unit.services.corpus import encoded
from tests.zones import Person, written

PORTRAIT_PX = (300, 375)


def passport(portrait: Path, expires: str = "990131") -> bytes:
    """A page with the picture at `portrait`, valid until `expires`, YYMMDD; a year of 99 is decades away."""
    person = Person(
        kind="TD3",
        state="UTO",
        number="L898902C3",
        primary="ERIKSSON",
        secondary="ANNA MARIA",
        nationality="UTO",
        born="740812",
        sex="F",
        expires=expires,
        optional="ZE184226B",
    )
    page = drawn(written(person))
    with Image.open(portrait) as image:
        face = image.convert("RGB")
    face.thumbnail(PORTRAIT_PX)
    page.paste(face, (720, 60))
    return encoded(page, "JPEG", quality=92)
