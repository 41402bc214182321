"""Files written whole, with their owner and mode, and only when they differ."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def write_file(path: Path, text: str, *, owner: str = "root", mode: int = 0o600) -> bool:
    """Make `path` hold `text`; whether it did not before. Never readable by others in between."""
    same = path.exists() and path.read_text() == text
    if not same:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    path.chmod(mode)
    shutil.chown(path, owner, owner)
    return not same
