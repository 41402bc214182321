"""The folder an environment's stack is worked on in: executables, passphrase, project, state."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.toolchain.ensure import ensure
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.paths import cache_dir, state_dir

PROJECT = "sre"
PLUGIN = "pulumi-resource-pulumi-python"
"""How Pulumi calls the host of dynamic resources."""
SECRETS_PROVIDER = "SRE_SECRETS_PROVIDER"
"""Names a key service that encrypts the state's secrets instead of a passphrase: `awskms://...`, `gcpkms://...`."""
PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
FILES = "file://"
ATOMIC = "metadata=skip"
"""Pulumi renames a state into place, but writes its `.attrs` file in place: killed meanwhile, it leaves an
empty one, and nothing reads that state again ("failed to load checkpoint: EOF"). So there shall be none."""


@dataclass(frozen=True)
class Workshop:
    """Made before the first command and kept until `destroy`."""

    folder: Path
    backend: str
    """Where the state is, as a URL."""
    is_online: bool
    """Whether Pulumi may fetch the plugins of cloud providers."""

    @classmethod
    def of(cls, spec: ClusterSpec) -> Workshop:
        """The workshop of an environment; `$PULUMI_BACKEND_URL` moves its state elsewhere."""
        folder = state_dir(spec.env) / "pulumi"
        backend = os.environ.get("PULUMI_BACKEND_URL") or f"{FILES}{folder}"
        return cls(folder, backend, is_online=spec.cloud != "local")

    @property
    def state_folder(self) -> Path | None:
        """Where the state's files are, if they are on this machine."""
        if not self.backend.startswith(FILES):
            return None
        return Path(self.backend.removeprefix(FILES).partition("?")[0]).expanduser()

    @property
    def project_folder(self) -> Path:
        """Holds the settings that Pulumi writes."""
        return self.folder / "project"

    def prepare(self) -> None:
        """Make what is missing.

        Raises UsageError: when the state is shared but its secrets' key would be this machine's own.
        """
        for place in (self.project_folder, self.folder / "bin", self.state_folder or self.folder):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        _link(self.folder / "bin" / "pulumi", ensure(["pulumi"])["pulumi"])
        host = self.folder / "bin" / PLUGIN
        host.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -u -m pulumi.dynamic "$@"\n')
        host.chmod(0o700)
        if not _has_own_key():
            self._make_passphrase()

    def environment(self) -> dict[str, str]:
        """What Pulumi and its plugins are told besides this process's own environment."""
        told = {
            "PULUMI_BACKEND_URL": _atomic(self.backend),
            "PULUMI_HOME": os.environ.get("PULUMI_HOME") or str(cache_dir() / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PATH": os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", "")]),
            # The host of dynamic resources imports our providers by name.
            "PYTHONPATH": os.pathsep.join(filter(None, [_import_root(), os.environ.get("PYTHONPATH")])),
        }
        if not self.is_online:
            told["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        if not _has_own_key():
            told["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self._passphrase)
        return told

    @property
    def _passphrase(self) -> Path:
        return self.folder / "passphrase"

    def _make_passphrase(self) -> None:
        if self.state_folder is None:
            raise UsageError(
                f"the state at {self.backend} is shared: its secrets need a key that is shared too",
                hint=f"set PULUMI_CONFIG_PASSPHRASE_FILE, or {SECRETS_PROVIDER}=awskms://alias/...",
            )
        if self._passphrase.exists():
            return
        draft = self._passphrase.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        # In one step: a crash leaves no passphrase or a whole one.
        draft.rename(self._passphrase)


def _atomic(backend: str) -> str:
    if not backend.startswith(FILES) or "metadata=" in backend:
        return backend
    return f"{backend}{'&' if '?' in backend else '?'}{ATOMIC}"


def _has_own_key() -> bool:
    return any(name in os.environ for name in (*PASSPHRASES, SECRETS_PROVIDER))


def _import_root() -> str:
    return str(Path(__file__).parents[2])


def _link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target.resolve())
