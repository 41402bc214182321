"""The token is made once, whole, and for its owner only."""

from __future__ import annotations

import stat
from pathlib import Path
from uuid import UUID

from infra.node.management_token import management_token


def test_the_token_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "nomad.token"
    token = management_token(path)
    assert UUID(token).version == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert management_token(path) == token


def test_a_draft_that_a_crash_left_is_not_a_token(tmp_path: Path) -> None:
    (tmp_path / "nomad.draft").write_text("")
    assert UUID(management_token(tmp_path / "nomad.token"))
