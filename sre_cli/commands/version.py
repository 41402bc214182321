"""`sre version`."""

from __future__ import annotations

import typer


def version() -> None:
    """Print the version of this toolkit.

    \b
    Examples:
      sre version
    """
    from importlib.metadata import version as installed

    typer.echo(installed("sre-toolkit"))
