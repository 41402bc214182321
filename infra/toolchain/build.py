"""Builds an engine from its Go module into the cache: whole or not at all, once for all runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from infra.exclusive import exclusive
from infra.progress import Step, run_watched, step
from infra.toolchain import debian
from infra.toolchain.catalogue import TOOLS, GoModule, Tool, show_version
from infra.toolchain.find import ask_version, built_folder, find
from sre_cli.errors import EngineUnavailable

EXTRA_HINT = "pip install -e '.[tools]'"
CAUSES = {
    "no space left on device": "df -h '{cache}'",
    "stdlib.h": debian.install_command(["gcc", "libc6-dev"]),
    "dial tcp": "go env GOPROXY",
    "connection refused": "go env GOPROXY",
    "i/o timeout": "go env GOPROXY",
    "certificate": "go env GOPROXY",
}


def build(tool: Tool, title: str, gomod: Path | None = None) -> Path:
    """Build `tool` unless the cache has it; returns the executable.

    Raises EngineUnavailable: when Go or a compiler is missing, or the build fails.
    """
    module = GoModule.of(tool, gomod)
    folder = built_folder(tool, gomod)
    with exclusive(folder):
        # Asked rather than looked for: a file cut short by a full disk is built again.
        if ask_version(tool, folder / tool.name) is None:
            shutil.rmtree(folder, ignore_errors=True)
            with step(f"{title}: build {tool.name} {module.version}") as watch:
                _build_into(folder, tool, module, watch)
    return folder / tool.name


def _build_into(folder: Path, tool: Tool, module: GoModule, watch: Step) -> None:
    for stale in folder.parent.glob(f".{tool.name}.*"):  # a run that was killed; the lock is ours
        shutil.rmtree(stale)
    scratch = Path(tempfile.mkdtemp(prefix=f".{tool.name}.", dir=folder.parent))
    scratch.chmod(0o755)
    try:
        _compile(scratch / tool.name, tool, module, watch)
        if ask_version(tool, scratch / tool.name) is None:  # else every run would build it again
            raise EngineUnavailable(
                f"{tool.name} is built but does not run: may {folder.parent} hold programs?",
                hint=f"findmnt -T '{folder.parent}'",
            )
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compile(target: Path, tool: Tool, module: GoModule, watch: Step) -> None:
    if tool.cgo and not shutil.which((os.environ.get("CC") or "gcc").split()[0]):
        debian.install(["gcc", "libc6-dev"], f"building {tool.name}")
    flags = tool.ldflags.format(version=module.version)
    options = ["-v", "-trimpath", "-mod=readonly", "-ldflags", flags]
    argv = [_go(module), "build", *options, "-o", str(target), module.package]
    ours = {"CGO_ENABLED": str(int(tool.cgo)), "GOTOOLCHAIN": "local", "GOWORK": "off"}
    # It runs on this machine, whatever the shell builds for.
    env = {name: value for name, value in os.environ.items() if name not in {"GOOS", "GOARCH"}} | ours
    try:
        run_watched(argv, watch, env=env, cwd=module.folder)
    except EngineUnavailable as error:
        raise EngineUnavailable(
            f"{tool.name} {module.version} could not be built", detail=error.detail, hint=_hint(error.detail)
        ) from None


def _go(module: GoModule) -> str:
    go = find(TOOLS["go"])
    if go.path is None or go.version is None or go.version < module.go:
        need = show_version(module.go)
        raise EngineUnavailable(f"go is {go.describe()}, {need} or newer is needed", hint=EXTRA_HINT)
    return str(go.path)


def _hint(output: str | None) -> str:
    hints = (hint for cause, hint in CAUSES.items() if cause in (output or ""))
    return next(hints, "make tools").format(cache=built_folder(TOOLS["nomad"]).parent)
