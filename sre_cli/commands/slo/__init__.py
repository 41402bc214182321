"""`sre slo`: what the service promises, and whether it keeps it."""

from __future__ import annotations

import typer

from sre_cli.commands import add_commands

app = typer.Typer(help="Objectives: error budgets and how fast they burn.", no_args_is_help=True)
add_commands(app, __name__, __path__)
