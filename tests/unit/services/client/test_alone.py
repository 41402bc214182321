"""The package copied out, under another name: it needs httpx and pydantic, and nothing of this project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from services import client

PROGRAM = """
import sys
import httpx, pydantic
pydantic.create_model("Used", field=(int, 1))
before = {name.split(".")[0] for name in sys.modules}
sys.path.insert(0, sys.argv[1])
import ekyc_client, ekyc_client.generate
print(*{name.split(".")[0] for name in sys.modules} - before - sys.stdlib_module_names)
"""


def test_it_works_alone(tmp_path: Path) -> None:
    shutil.copytree(Path(client.__file__).parent, tmp_path / "ekyc_client")
    command = [sys.executable, "-P", "-c", PROGRAM, str(tmp_path)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.stdout == "ekyc_client\n", answer.stderr
