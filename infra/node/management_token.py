"""Nomad's management token, made before Nomad starts so that a killed `up` cannot lose it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def management_token(path: Path) -> str:
    """The token in `path`; made there, readable by its owner only, when there is none.

    Raises OSError: when the file can be neither read nor written.
    """
    if not path.exists():
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{uuid4()}\n")
        # In one step: a crash leaves no token or a whole one.
        draft.rename(path)
    return path.read_text().strip()
