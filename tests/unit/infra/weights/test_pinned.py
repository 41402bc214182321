from __future__ import annotations

from pathlib import Path

from infra.weights import store
from infra.weights.pinned import read_pinned
from services.vision import weights


def test_the_list_is_the_one_that_the_services_read() -> None:
    files = read_pinned()
    assert files == read_pinned(weights.PINNED)
    assert {len(file.sha256) for file in files} == {64}
    assert weights.FETCH_COMMAND == store.FETCH_COMMAND


def test_only_the_whole_file_passes(tmp_path: Path) -> None:
    file = read_pinned()[0]
    path = tmp_path / file.name
    assert not file.is_at(path)
    path.write_bytes(b"")
    assert not file.is_at(path)
