"""`python -m services api | worker CHECK | embedded`: one process, configured by its environment."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop

from services import logs, models, processes, settings
from services.web.server import Stop

EXIT_BUG, EXIT_SETTINGS = 1, 2


def main() -> int:
    """Run until asked to stop; 0 then, 2 for wrong words or settings, 1 for anything else."""
    words = _parse()
    try:
        chosen = settings.load()
        logs.configure(chosen.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
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
    return processes.api(chosen, stop) if words.process == "api" else processes.embedded(chosen, stop)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    kinds = parser.add_subparsers(dest="process", required=True)
    kinds.add_parser("api", help="take checks in and answer them")
    kinds.add_parser("worker", help="serve one check").add_argument("check", choices=models.names())
    kinds.add_parser("embedded", help="both in one process, with nothing outside")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
