"""Commands, one module each, found by their names."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

Env = Annotated[str, typer.Argument(metavar="ENV", help="An environment of stacks/clusters/.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_commands(app: typer.Typer, package: str, path: Iterable[str]) -> None:
    """Add every module of a package to `app`.

    It holds either a function of its own name (a command) or an `app` (a group of commands); adding a file
    adds the command. `retrain_check` is typed `retrain-check`.
    """
    for module in iter_modules(path):
        loaded = import_module(f"{package}.{module.name}")
        word = module.name.replace("_", "-")
        if hasattr(loaded, "app"):
            app.add_typer(loaded.app, name=word)
        else:
            app.command(word)(getattr(loaded, module.name))
