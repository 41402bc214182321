"""Reads the texts that a job's `files` name."""

from __future__ import annotations

from pathlib import Path

from sre_cli.core.render import ConfigFile
from sre_cli.errors import SpecError
from sre_cli.specs.job import File, JobSpec


def read_config_files(folder: Path, spec: JobSpec) -> list[ConfigFile]:
    """Every file of `spec`, whose sources are below `folder`.

    Raises SpecError: when one is missing, cannot be read, or two have the same name.
    """
    found = [read for file in spec.files for read in _read(folder, spec.job, file)]
    names = [file.name for file in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SpecError(f"nomad_jobs/{spec.job}.yaml: files: two are named {', '.join(twice)}")
    return found


def _read(folder: Path, job: str, file: File) -> list[ConfigFile]:
    paths = sorted(folder.glob(file.source))
    if not paths and "*" not in file.source:
        raise SpecError(f"nomad_jobs/{job}.yaml: files: {folder / file.source} is missing")
    try:
        return [ConfigFile(path.name, path.read_text().rstrip("\n"), file.on_change) for path in paths]
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"nomad_jobs/{job}.yaml: files: {error}") from None
