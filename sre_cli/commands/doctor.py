"""`sre doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sre_cli.errors import EngineUnavailable

if TYPE_CHECKING:
    from infra.toolchain.diagnosis import Finding


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Build or start what is missing first.")] = False,
) -> None:
    """Say which engines this machine has, and the command that mends what it lacks.

    Ends with 0 when all are there, 4 otherwise.

    \b
    Examples:
      sre doctor
      sre doctor --fix
      sre doctor --json | jq '.[] | select(.is_sufficient | not)'
    """
    from sre_cli import wiring

    if fix:
        wiring.mend_engines()
    findings = wiring.diagnose_engines()
    _print(findings, as_json)
    lacking = [finding for finding in findings if not finding.is_sufficient]
    if lacking:
        names = ", ".join(finding.name for finding in lacking)
        raise EngineUnavailable(f"not usable here: {names}", hint=lacking[0].mend)


def _print(findings: list[Finding], as_json: bool) -> None:
    from sre_cli.console import print_json, print_table

    if as_json:
        print_json(findings)
        return
    rows = [
        ("ok" if one.is_sufficient else "FAIL", one.name, one.found, one.needs, one.where, one.mend)
        for one in findings
    ]
    print_table(["", "engine", "found", "needs", "where", "mend with"], rows)
