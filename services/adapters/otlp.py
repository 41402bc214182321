"""Sends spans to a collector, by OTLP over HTTP, from a thread of its own.

A collector that is slow or away costs spans, never a request: at most QUEUE_SPANS wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

QUEUE_SPANS = 2_048
TIMEOUT_S = 3.0
"""For one batch, tries included."""
FAREWELL_S = 2.0
"""How long a process that ends waits for its last spans to leave."""


@contextmanager
def exporting(endpoint: str, ratio: float, service: str) -> Iterator[None]:
    """Export what is traced while the block runs. `endpoint` is the collector's, without /v1/traces.

    OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES mean what they mean everywhere.
    """
    provider = provider_of(endpoint, ratio, service)
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        # In a thread that nobody has to wait for: the platform kills who takes too long.
        leaving = threading.Thread(target=provider.shutdown, daemon=True)
        leaving.start()
        leaving.join(FAREWELL_S)


def provider_of(endpoint: str, ratio: float, service: str) -> TracerProvider:
    """Makes spans and sends them until it is shut down."""
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=TIMEOUT_S)
    named = Resource.create({"service.namespace": "ekyc", "service.name": service})
    provider = TracerProvider(
        sampler=sampler(ratio),
        resource=named.merge(OTELResourceDetector().detect()),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE_SPANS))
    return provider


def sampler(ratio: float) -> ParentBased:
    """A share of the traces, chosen by their ids alone, so that every process chooses the same.

    A caller may leave its trace out. Wanting it in counts for nothing: it would cost us, not the caller.
    """
    share = TraceIdRatioBased(ratio)
    return ParentBased(share, remote_parent_sampled=share)
