"""`sre model`: what a model is, how good it is, and whether another may take its place."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.commands import add_commands

Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model of `sre model list`.")]

app = typer.Typer(help="Evaluate, compare, promote and watch the models.", no_args_is_help=True)
add_commands(app, __name__, __path__)
