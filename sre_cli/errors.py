"""Every error a command may end with: one class a cause, one exit code a class.

A message says what is wrong and where (file and key); `hint` is the next thing to type.

Exit codes: 0 done, 1 a bug in `sre`, 2 wrong words or a wrong file, 3 a verdict against you,
4 an engine that cannot be reached or has no data, 5 a deployment that did not become healthy,
130 interrupted.
"""

from __future__ import annotations


class SreError(Exception):
    """The base of every error that a command reports in one line."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, detail: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        """Evidence to print below the message: a log's last lines, a compiler's complaint."""


class UsageError(SreError):
    """The command's words, or a name they hold, are wrong."""

    exit_code = 2


class SpecError(SreError):
    """A YAML contract is wrong; the message lists every mistake as `file: key: what`."""

    exit_code = 2


class Refused(SreError):
    """A check says no; nothing was changed."""

    exit_code = 3


class EngineUnavailable(SreError):
    """An engine (Nomad, Consul, Docker ...) is missing, too old or does not answer."""

    exit_code = 4


class DeployFailed(SreError):
    """The new version did not become healthy."""

    exit_code = 5


class Interrupted(DeployFailed):
    """Somebody pressed Ctrl-C, and what was begun has been undone or left as the message says."""

    exit_code = 130
