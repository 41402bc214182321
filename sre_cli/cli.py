"""`sre`: finds its commands by module name, runs one, and reports any error in one line.

Whatever takes long to import is imported below `main`, where a Ctrl-C is already expected.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sre_cli.errors import SreError

if TYPE_CHECKING:
    import typer


def build_app() -> typer.Typer:
    """Assemble the command line from the modules of `commands`."""
    import typer

    from sre_cli import commands

    app = typer.Typer(
        name="sre",
        help="Run machine-learning APIs on Nomad: clusters, rolling deploys, capacity, SLOs.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    # Without a callback, an app of one command would be that command.
    app.callback()(lambda: None)
    commands.add_commands(app, commands.__name__, commands.__path__)
    return app


def main() -> None:
    """Entry point of the `sre` script."""
    try:
        build_app()()
    except SreError as error:
        _report(error)
        sys.exit(error.exit_code)
    except OSError as error:
        # A full disk, a folder of another user's: the system's own words name the file.
        _report(SreError(str(error)))
        sys.exit(SreError.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _report(error: SreError) -> None:
    if error.detail:
        print(error.detail.rstrip(), file=sys.stderr)
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"hint:  {error.hint}", file=sys.stderr)
