"""`sre jobs`."""

from __future__ import annotations

from typing import Annotated

import typer


def jobs(
    env: Annotated[str, typer.Option(help="Environment.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON array on stdout.")] = False,
) -> None:
    """Show every job: version, allocations, healthy containers and where they answer.

    \b
    Examples:
      sre jobs
      sre jobs --json | jq '.[] | select(.healthy < .containers)'
    """
    from sre_cli import wiring
    from sre_cli.console import print_json, print_table
    from sre_cli.flows.overview import overview

    rows = overview(wiring.orchestrator(env), wiring.catalog(env))
    if as_json:
        print_json(rows)
        return
    print_table(
        ["JOB", "STATUS", "VERSION", "ALLOCATIONS", "HEALTHY", "ADDRESSES"],
        [
            (
                r.job,
                r.status,
                r.version,
                f"{r.running}/{r.wanted}",
                f"{r.healthy}/{r.containers}",
                " ".join(r.addresses),
            )
            for r in rows
        ],
    )
