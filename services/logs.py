"""One JSON object a line on standard output: ids and outcomes, never images, names or secrets.

What is bound to the context (`request`, `id` of the check, `tenant`, `trace`) stands in every line about it,
those of libraries included.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict

IN_HAND = {"request", "id", "ids"}
"""What a line holds that is about somebody's data."""


def _said_exception(logger: object, method: str, event: EventDict) -> EventDict:
    """Make text of an exception: where data is in hand without what it says itself, for it may quote them."""
    if not event.get("exc_info") or not IN_HAND & event.keys():
        return structlog.processors.format_exc_info(logger, method, event)
    given = event.pop("exc_info")
    if not isinstance(given, BaseException):
        given = (given if isinstance(given, tuple) else sys.exc_info())[1]
    return {**event, "exception": "\n".join(_places(given))} if given else event


def _places(error: BaseException) -> Iterator[str]:
    """The frames and the class of an exception, after those of what led to it."""
    led_to_it = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if led_to_it:
        yield from _places(led_to_it)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"
    yield type(error).__qualname__


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _said_exception,
]


def configure(level: str) -> None:
    """Send our own lines and those of the libraries (from warnings up) through one formatter."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("services").setLevel(level.upper())
    # What these warn of is one line of ours already: a lost connection, a malformed body.
    for library in ("aio_pika", "aiormq", "python_multipart"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
