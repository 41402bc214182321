"""Turns Pulumi's failures into one line, what it rests on, and the next command."""

from __future__ import annotations

import re
from collections.abc import Sequence

from infra.stack.workshop import PROJECT
from sre_cli.errors import EngineUnavailable

Said = tuple[str, str]
"""Name of the resource ('' of none), and what the engine said about it."""

TAIL_LINES = 20
KNOWN = (
    (
        r"incorrect passphrase",
        "the state's secrets cannot be read: the passphrase is another one",
        "set PULUMI_CONFIG_PASSPHRASE_FILE to the file that was used before",
    ),
    (
        r"stack is currently locked by",
        "another run, on another machine, works on this stack",
        "wait for it; if it died: pulumi cancel --stack {env}",
    ),
    (
        r"could not load plugin|no resource plugin|plugin .* (not found|could not)",
        "a plugin of Pulumi's is missing",
        "pulumi plugin install, where the network is",
    ),
    (
        r"deletion protection|deletionProtection|cannot be deleted without new inputs|DeletionProtection",
        "a database is protected from deletion",
        "turn its deletion protection off in the cloud first; this is on purpose",
    ),
)
"""What Pulumi says, what it means, what to do."""


def complaint(env: str, error: str, said: Sequence[Said]) -> EngineUnavailable:
    """What to tell about a run that ended with `error` after `said`."""
    text = "\n".join([error, *(message for _, message in said)])
    for pattern, meaning, hint in KNOWN:
        if re.search(pattern, text):
            return EngineUnavailable(meaning, hint=hint.format(env=env), detail=_tail(_lines(text)))
    failed = [(name, cause(message)) for name, message in said if message.strip()]
    of_resources = [one for one in failed if one[0] and one[0] != f"{PROJECT}-{env}"]
    shown = of_resources or failed or [("", _last_error(error))]
    lines = [f"{name}: {message}" if name else message for name, message in shown]
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return EngineUnavailable(
        f"{lines[0].splitlines()[0]}{more}",
        detail=_tail(lines) if len(lines) > 1 or "\n" in lines[0] else None,
        hint=f"sre infra up {env} goes on from here",
    )


def cause(message: str) -> str:
    """A diagnostic without the stack trace that the host of dynamic resources wraps around it."""
    lines = _lines(message)
    if not any("Traceback (most recent call last)" in line for line in lines):
        return "\n".join(lines)
    # The exception's own words stand after the last line of code, and may be several.
    last = max(index for index, line in enumerate(lines) if re.match(r"\s", line) or "Traceback" in line)
    words = lines[last + 1 :] or lines[-1:]
    return "\n".join([re.sub(r"^[\w.]+(Error|Exception|Unavailable): ", "", words[0]), *words[1:]])


def _last_error(text: str) -> str:
    errors = re.findall(r"^\s*(?:stderr: )?error: (.+)$", text, re.MULTILINE)
    return errors[-1] if errors else (_lines(text) or ["Pulumi failed"])[-1]


def _tail(lines: Sequence[str]) -> str:
    return "\n".join("\n".join(lines).splitlines()[-TAIL_LINES:])


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
