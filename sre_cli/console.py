"""How commands print: JSON for machines, tables and one moving line for people."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import typer

QUIET_S = 15.0
"""Where no terminal shows it, the same line is printed again at most this often."""


def print_json(value: Any) -> None:
    """A dataclass, or a list of them, as JSON on stdout."""
    typer.echo(json.dumps(_plain(value), indent=None if dataclasses.is_dataclass(value) else 2))


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their widest cell, so that `awk` and eyes can both read them."""
    cells = [[str(cell) for cell in row] for row in [headers, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


class Progress:
    """One line on stderr: rewritten in place on a terminal, repeated sparsely elsewhere."""

    def __init__(self, *, quiet: bool = False):
        self._terminal = sys.stderr.isatty()
        self._quiet = quiet
        self._started = time.monotonic()
        self._last = ("", 0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, so that something can be printed."""
        if self._terminal and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def say(self, line: str) -> None:
        """Show how far the work is."""
        elapsed = time.monotonic() - self._started
        if self._quiet:
            return
        if self._terminal:
            # A line that wraps could not be rewritten in place.
            width = os.get_terminal_size(sys.stderr.fileno()).columns - 1
            sys.stderr.write(f"\r\x1b[K{f'{elapsed:4.0f} s  {line}'[:width]}")
        elif line != self._last[0] or elapsed - self._last[1] > QUIET_S:
            sys.stderr.write(f"{elapsed:4.0f} s  {line}\n")
            self._last = (line, elapsed)
        sys.stderr.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]


class Board:
    """Several pieces of work on the one line of a Progress: what each said last, `name: text`."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._last: dict[str, str] = {}

    def say(self, line: str) -> None:
        """Show that one of them has come further."""
        name, _, text = line.partition(": ")
        self._last[name] = text
        self._show()

    def drop(self, name: str) -> None:
        """It has ended; the line is cleared for what is printed about it."""
        self._last.pop(name, None)
        self._progress.clear()

    def _show(self) -> None:
        self._progress.say("; ".join(f"{name}: {text}" for name, text in self._last.items()))
