"""`python -m services api | worker CHECK | janitor | embedded`: a process, configured by its environment."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop

from services import logs, models, processes, settings, wiring
from services.web.server import Stop

EXIT_BUG, EXIT_SETTINGS = 1, 2


def main() -> int:
    """Run until asked to stop; 0 then, 2 for wrong words or settings, 1 for anything else."""
    words = _parse()
    try:
        chosen = settings.load()
        logs.configure(chosen.log_level)
        service = f"{words.check}-worker" if words.process == "worker" else words.process
        with (
            wiring.traced(chosen, service),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_run(words, chosen))
    except settings.SettingsError as error:
        print(error, file=sys.stderr)  # before anything runs, a person reads this
        return EXIT_SETTINGS
    except Exception:
        structlog.get_logger(__name__).exception("ended by a failure")
        return EXIT_BUG
    return 0


async def _run(words: argparse.Namespace, chosen: settings.Settings) -> None:
    stop = Stop()
    stop.listen()
    await _process(words, chosen, stop)


def _process(words: argparse.Namespace, chosen: settings.Settings, stop: Stop) -> Coroutine[Any, Any, None]:
    if words.process == "worker":
        return processes.worker(chosen, stop, words.check)
    kinds = {"api": processes.api, "janitor": processes.janitor, "embedded": processes.embedded}
    return kinds[words.process](chosen, stop)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    kinds = parser.add_subparsers(dest="process", required=True)
    kinds.add_parser("api", help="take checks in and answer them")
    kinds.add_parser("worker", help="serve one check").add_argument("check", choices=models.names())
    kinds.add_parser("janitor", help="do the chores: bring objects home, delete what is too old")
    kinds.add_parser("embedded", help="all in one process, with nothing outside; a browser starts at /try")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
