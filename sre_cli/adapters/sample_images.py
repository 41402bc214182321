"""Pairs of real face images: a folder of one's own, or portraits out of a package.

The portraits are official ones of US office holders that `face_recognition` (MIT) carries as its
test images; they are public, so that a report with them may be passed on.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from sre_cli.core.pairs import Pair, pair_by_name
from sre_cli.errors import EngineUnavailable, UsageError

PACKAGE = "face_recognition==1.3.0"
SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
DOWNLOAD_S = 120
SAME = {"1": True, "0": False}
"""What column `same` may hold."""


def load_pairs(folder: Path) -> list[Pair]:
    """Pairs of `folder`/pairs.csv: columns a and b (files below the folder), same (1 or 0).

    Raises UsageError: when the file, a column or an image is missing.
    """
    table = folder / "pairs.csv"
    try:
        rows = list(csv.DictReader(table.read_text().splitlines()))
        pairs = [Pair(folder / row["a"], folder / row["b"], same=SAME[row["same"]]) for row in rows]
    except (OSError, KeyError, TypeError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{table}: cannot be used: {error!r}", hint="columns: a,b,same (1 or 0)") from None
    missing = sorted({str(file) for pair in pairs for file in (pair.a, pair.b) if not file.is_file()})
    if missing or not pairs:
        raise UsageError(f"{table}: " + (f"missing {', '.join(missing)}" if missing else "holds no pair"))
    return pairs


def fetch_portraits(cache: Path) -> list[Pair]:
    """Pairs of the package's portraits, downloaded once into `cache`.

    Raises EngineUnavailable: when pip cannot fetch the archive, or its hash is not the pinned one.
    """
    folder = cache / PACKAGE.replace("==", "-")
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache) as work:
            _extract(_download(Path(work)), Path(work) / "images")
            os.replace(Path(work) / "images", folder)
    return pair_by_name([folder / name for name in PORTRAITS])


def _download(work: Path) -> Path:
    """The source archive, by pip: it knows this host's index, proxy and certificates.

    In its hash mode pip compares before it runs any of the package's own build code.
    """
    wanted = work / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n")
    argv = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--no-binary=face_recognition", "--require-hashes", f"--dest={work}", f"--requirement={wanted}",
    ]  # fmt: skip
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=DOWNLOAD_S, check=False)
        failure = done.stderr if done.returncode else None
    except subprocess.TimeoutExpired:
        failure = f"pip did not answer within {DOWNLOAD_S} s"
    archive = next(work.glob("*.tar.gz"), None)
    if failure is not None or archive is None:
        raise EngineUnavailable(
            f"the sample portraits ({PACKAGE}) cannot be downloaded",
            hint="bring your own with --images DIR, a folder with pairs.csv (a,b,same)",
            detail=failure,
        )
    return archive


def _extract(archive: Path, folder: Path) -> None:
    """Copy the portraits and the licence, each under its bare name, whatever the archive says."""
    folder.mkdir()
    wanted = {f"tests/test_images/{name}": name for name in PORTRAITS} | {"LICENSE": "LICENSE"}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = wanted.pop(member.name.partition("/")[2], None)
            source = tar.extractfile(member) if name and member.isfile() else None
            if name and source:
                (folder / name).write_bytes(source.read())
    if wanted:
        raise EngineUnavailable(f"{archive.name} lacks {', '.join(wanted)}")
