"""`sre infra`: the cluster of an environment."""

from __future__ import annotations

import typer

from sre_cli.commands import add_commands

app = typer.Typer(help="Bring an environment's cluster up and down.", no_args_is_help=True)
add_commands(app, __name__, __path__)
