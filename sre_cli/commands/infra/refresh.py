"""`sre infra refresh`."""

from __future__ import annotations

import typer

from sre_cli.commands import AsJson, Env


def refresh(env: Env, as_json: AsJson = False) -> None:
    """Take what was changed by hand into the state, and say what; `up` would set it right instead.

    \b
    Examples:
      sre infra refresh local
    """
    from infra.stack.plan_text import drift_lines, drift_summary
    from sre_cli import wiring
    from sre_cli.console import print_json

    found = wiring.environment(env).refresh()
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join([*drift_lines(found), drift_summary(found)]))
