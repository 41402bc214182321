"""`sre infra rotate`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sre_cli.commands import AsJson, Env


class What(StrEnum):
    """What can be made anew."""

    CERTIFICATES = "certificates"


def rotate(
    env: Env,
    what: Annotated[What, typer.Argument(help="What to make anew.")] = What.CERTIFICATES,
    as_json: AsJson = False,
) -> None:
    """Make every certificate anew while the cluster serves, and wait until no engine shows an old one.

    The authority that signs them stays, so nobody has to trust another. Agents read them as they run; a
    question under way between two servers may have to be asked again. `up` does the same by itself in a
    certificate's last month.

    \b
    Examples:
      sre infra rotate aws-prod
      sre infra rotate local certificates --json
    """
    from sre_cli import wiring_state
    from sre_cli.console import Progress, print_json

    with Progress(quiet=as_json) as progress:
        done = wiring_state.rotate_certificates(env, progress.say)
    if as_json:
        print_json(done)
    else:
        typer.echo(
            f"{done.env}: {what} renewed in {done.seconds:.0f} s; engines show {', '.join(done.after)}"
        )
