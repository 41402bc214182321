"""`sre infra cost`."""

from __future__ import annotations

from typing import Annotated

import typer


def cost(
    env: Annotated[str, typer.Argument(metavar="ENV", help="An environment, or a file that ends in .yaml.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    no_budget: Annotated[bool, typer.Option("--no-budget", help="Do not fail above the budget.")] = False,
) -> None:
    """Print what the cluster will cost a month, largest first; exit code 3 above its budget.

    Every figure is three: all pools at their smallest, as expected, and at their largest.

    \b
    Examples:
      sre infra cost aws-prod
      sre infra cost aws-prod --json | jq '.items[] | {name, usd: .usd_month.expected}'
      sre infra cost /tmp/bigger.yaml --no-budget
    """
    from sre_cli import wiring
    from sre_cli.console import print_json, print_table
    from sre_cli.core.cost import refuse_above_budget
    from sre_cli.core.cost_text import HEADERS, cost_json, cost_rows, describe_cost

    estimate = wiring.cost_estimate(env)
    if as_json:
        print_json(cost_json(estimate))
    else:
        print_table(HEADERS, cost_rows(estimate))
        typer.echo("\n".join(["", *describe_cost(estimate)]))
    if not no_budget:
        refuse_above_budget(estimate)
