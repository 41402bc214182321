"""What Schemathesis sends where the OpenAPI document says image: photographs of faces, and what is none."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

from tests.faces import face_pairs
from tests.unit.services.corpus import drawing, encoded

_PAIR = face_pairs()[0]
_IMAGES = [_PAIR.a.read_bytes(), _PAIR.b.read_bytes(), encoded(drawing(), "PNG"), b"", b"no image"]

for _kind in ("image/jpeg", "image/png", "image/webp", "application/octet-stream"):
    schemathesis.openapi.media_type(_kind, st.sampled_from(_IMAGES))
