"""`sre slo check`."""

from __future__ import annotations

from typing import Annotated

import typer

from sre_cli.commands import AsJson
from sre_cli.errors import EngineUnavailable, Refused


def check(
    slos: Annotated[list[str] | None, typer.Argument(help="Objectives of slo/specs; all by default.")] = None,
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    as_json: AsJson = False,
) -> None:
    """Say what is left of each error budget, and whether it burns too fast.

    Counted by the environment's Prometheus over the objective's period, in its business hours alone. A budget
    burns when it goes faster than a window of slo/windows.yaml allows, over its long part and its short part;
    an hour after business hours is an hour that nobody counts, so the windows reach back into the day before.
    A deploy asks the same.

    \b
    Examples:
      sre slo check
      sre slo check api-latency --env local
      sre slo check --json | jq 'select(.is_spent)'

    \b
    Exit codes: 0 fine, 2 wrong words or file, 3 a budget burns too fast or is spent,
    4 Prometheus does not answer, or has no data for an objective.
    """
    from sre_cli import wiring_slo
    from sre_cli.console import print_json, print_table
    from sre_cli.core import slo_text

    chosen = wiring_slo.slos(slos or [])
    objectives = wiring_slo.need_objectives(env)
    standings = [objectives.standing(slo) for slo in chosen]
    if as_json:
        for standing in standings:
            print_json(slo_text.standing_json(standing))
    else:
        print_table(slo_text.HEADERS, [slo_text.row(standing) for standing in standings])
        for standing in standings:
            if standing.is_known:
                typer.echo(f"\n{standing.slo}: {standing.description}")
                typer.echo("\n".join(slo_text.pace_lines(standing)))
    bad = [slo_text.burning_words(one) for one in standings if one.burning]
    bad += [slo_text.spent_words(one) for one in standings if one.is_spent]
    if bad:
        raise Refused("; ".join(bad), hint=f"sre history --since 3h --env {env}; sre status --env {env}")
    if unknown := [one.slo for one in standings if not one.is_known]:
        told = f"nothing was counted for {', '.join(unknown)}"
        raise EngineUnavailable(told, hint=f"sre status --env {env}")
