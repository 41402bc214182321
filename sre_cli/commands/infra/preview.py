"""`sre infra preview`."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env
from sre_cli.errors import Refused


def preview(
    env: Env,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a comment.")] = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="End with 3 when there would be any.")
    ] = False,
) -> None:
    """Say what `up` would change; nothing is. Ends with 3 when the plan breaks a policy.

    \b
    Examples:
      sre infra preview aws-prod
      sre infra preview aws-prod --markdown >> "$GITHUB_STEP_SUMMARY"
      sre infra preview local --json | jq '.changes[] | select(.op == "replace")'
    """
    from infra.lifecycle import refuse_violations
    from infra.stack.plan_text import lines, markdown, summary
    from sre_cli import wiring
    from sre_cli.console import print_json

    plan = wiring.environment(env).preview()
    if as_json:
        print_json(plan)
    elif as_markdown:
        typer.echo(markdown(plan))
    else:
        typer.echo("\n".join([*lines(plan), summary(plan)]))
    refuse_violations(plan)
    if expect_no_changes and plan.changes:
        raise Refused(summary(plan), hint=f"sre infra up {plan.env}")
