"""`sre infra drift`."""

from __future__ import annotations

import typer

from sre_cli.commands import AsJson, Env
from sre_cli.errors import Refused


def drift(env: Env, as_json: AsJson = False) -> None:
    """Say what was changed by hand since the last `up`. Ends with 3 when anything was.

    \b
    Examples:
      sre infra drift aws-prod || sre infra up aws-prod --plan
    """
    from infra.stack.plan_text import drift_lines, drift_summary
    from sre_cli import wiring
    from sre_cli.console import print_json

    found = wiring.environment(env).drift()
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join([*drift_lines(found), drift_summary(found)]))
    if found.changes:
        raise Refused(f"{found.env} has drifted", hint=f"sre infra up {found.env}")
