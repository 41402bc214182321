"""A check as one trace across API, queue and worker, in W3C Trace Context.

Spans hold ids, outcomes and times: no image, no key, nothing of a person, and no text of an exception. Until
`adapters.otlp` exports them nothing is recorded, and a caller's trace is handed on as it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"
"""Alone: what vendors and callers put into `tracestate` and `baggage` is not ours to carry."""
NS = 1_000_000_000

Span = trace.Span
Trace = context.Context
"""Where a span belongs."""

_tracer = trace.get_tracer("services")
_w3c = TraceContextTextMapPropagator()


@dataclass(frozen=True)
class Lap:
    """A part of something, in Unix seconds."""

    name: str
    since_s: float
    until_s: float


def read(traceparent: str | None) -> Trace:
    """The trace that somebody sent along; a new one without it, or when it is malformed."""
    return _w3c.extract({HEADER: traceparent} if traceparent else {}, Trace())


def carried() -> str | None:
    """What to send along, so that the receiver's spans belong to the current one."""
    headers: dict[str, str] = {}
    _w3c.inject(headers)
    return headers.get(HEADER)


def trace_id(of: Trace | None = None) -> str | None:
    """In hexadecimal; None: nobody traces."""
    found = trace.get_current_span(of).get_span_context()
    return trace.format_trace_id(found.trace_id) if found.is_valid else None


@contextmanager
def within(of: Trace) -> Iterator[None]:
    """What the block sends along belongs to that trace."""
    token = context.attach(of)
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def request(traceparent: str | None) -> Iterator[Span]:
    """A request that is being answered; `answered` says how."""
    with _tracer.start_as_current_span(
        "request", read(traceparent), SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def answered(span: Span, method: str, route: str, status: int, tenant: str | None) -> None:
    """Note what became of a request."""
    span.update_name(f"{method} {route}")
    _note(span, {"http.request.method": method, "http.route": route, "ekyc.tenant": tenant})
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


@contextmanager
def part(name: str, *, sends: bool = False, **about: str) -> Iterator[None]:
    """A part of the current span that lasts as long as the block."""
    kind = SpanKind.PRODUCER if sends else SpanKind.INTERNAL
    with _tracer.start_as_current_span(
        name, kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        _note(span, {f"ekyc.{key}": value for key, value in about.items()})
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def passed(laps: Sequence[Lap], of: Trace | None = None) -> None:
    """Parts of the current span, or of another, that are over."""
    for lap in laps:
        _tracer.start_span(lap.name, of, start_time=_ns(lap.since_s)).end(_ns(lap.until_s))


def processed(of: Trace, whole: Lap, laps: Sequence[Lap], failed: bool, **about: str) -> None:
    """What a worker did with a task. What was over when it began, the wait, stands beside it."""
    span = _tracer.start_span(whole.name, of, SpanKind.CONSUMER, start_time=_ns(whole.since_s))
    _note(span, {f"ekyc.{key}": value for key, value in about.items()})
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    passed([lap for lap in laps if lap.until_s <= whole.since_s], of)
    passed([lap for lap in laps if lap.until_s > whole.since_s], trace.set_span_in_context(span, of))
    span.end(_ns(whole.until_s))


def _note(span: Span, about: dict[str, str | None]) -> None:
    span.set_attributes({key: value for key, value in about.items() if value is not None})


def _ns(at_s: float) -> int:
    return int(at_s * NS)
