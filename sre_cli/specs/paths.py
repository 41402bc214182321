"""Where things lie: the project, the cache of built tools, the state of each environment."""

from __future__ import annotations

import os
from pathlib import Path

from sre_cli.errors import UsageError


def project_root(start: Path | None = None) -> Path:
    """The checkout that holds `nomad_jobs/`: `$SRE_ROOT`, else the nearest folder upwards.

    Raises UsageError: when neither holds one.
    """
    override = os.environ.get("SRE_ROOT")
    here = Path(override) if override else (start or Path.cwd())
    for folder in [here.resolve(), *here.resolve().parents]:
        if (folder / "nomad_jobs" / "raw_exec.nomad.hcl.j2").is_file():
            return folder
    raise UsageError(
        f"no nomad_jobs/ in {here} or above it", hint="run sre inside the project, or set SRE_ROOT"
    )


def cache_dir() -> Path:
    """Things that can be made again: built engines, downloads."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def state_dir(env: str) -> Path:
    """Things a running environment needs: outputs, process ids, logs, data."""
    return _xdg("XDG_STATE_HOME", ".local/state") / env


def snapshots_dir() -> Path:
    """Snapshots of environments; beside their state, so that purging one does not take them along."""
    return _xdg("XDG_STATE_HOME", ".local/state").with_name("sre-snapshots")


def _xdg(variable: str, default: str) -> Path:
    base = Path(os.environ.get(variable, ""))
    # A relative one is to be ignored, says XDG: it would be another folder wherever a command starts.
    return (base if base.is_absolute() else Path.home() / default) / "sre"
