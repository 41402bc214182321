"""One request is one trace, wherever it goes; and nobody waits for a collector."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import Decision

from services import tracing
from services.adapters.otlp import provider_of, sampler
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.tenancy import CHECK, FILES, PATH
from tests.unit.services.traced import NAME, STAGES_MS, Reader, Spans, recording, serving

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}

spans = pytest.fixture(recording)


def ids(span: ReadableSpan) -> tuple[str, str | None]:
    """Its trace, and the span it is a part of."""
    parent = span.parent and f"{span.parent.span_id:016x}"
    return f"{span.context.trace_id:032x}", parent


def own_id(span: ReadableSpan) -> str:
    return f"{span.context.span_id:016x}"


async def test_a_request_is_one_trace_from_the_caller_to_the_model(
    real_time_ports: Ports, settings: Settings, spans: Spans
) -> None:
    async with serving(real_time_ports, settings, Reader()) as client:
        answer = await client.post(PATH, files=FILES, headers=SENT)
    assert answer.status_code == 200
    request, publish, process = (
        spans.named(name) for name in (f"POST {PATH}", "publish", f"process {CHECK}")
    )
    assert ids(request) == (TRACE, CALLER)
    for name in ("receive", "store", "publish", "wait"):
        assert ids(spans.named(name)) == (TRACE, own_id(request))
    for name in ("queue", f"process {CHECK}"):
        assert ids(spans.named(name)) == (TRACE, own_id(publish))
    for name in ("fetch", *STAGES_MS, "finish", "reply"):
        assert ids(spans.named(name)) == (TRACE, own_id(process))
    assert process.attributes is not None
    assert process.attributes["ekyc.id"] == answer.json()["id"]


async def test_stages_follow_each_other(real_time_ports: Ports, settings: Settings, spans: Spans) -> None:
    async with serving(real_time_ports, settings, Reader()) as client:
        await client.post(PATH, files=FILES)
    decode, embed = spans.named("decode"), spans.named("embed")
    assert decode.start_time is not None
    assert decode.end_time == embed.start_time
    assert embed.end_time is not None
    assert embed.end_time - decode.start_time == pytest.approx(30e6, abs=1e4)


async def test_spans_hold_nothing_of_a_person_and_no_key(
    real_time_ports: Ports, settings: Settings, spans: Spans
) -> None:
    secret = {"X-Api-Key": "ekyc_secret", "tracestate": f"v={NAME.encode().hex()}", "baggage": "name=NOVAK"}
    for raises in (False, True):
        async with serving(real_time_ports, settings, Reader(raises=raises)) as client:
            await client.post(PATH, files=FILES, headers=SENT | secret)
    written = "".join(span.to_json() for span in spans.get_finished_spans())
    assert '"ekyc.outcome": "error"' in written
    for word in ("NOV", "ekyc_secret", NAME.encode().hex(), "image_a"):
        assert word not in written


@pytest.mark.parametrize("sent", ["", "00-0-0-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "\xff" * 999])
async def test_what_is_no_trace_starts_a_new_one(client: httpx.AsyncClient, spans: Spans, sent: str) -> None:
    headers = [(b"traceparent", sent.encode("latin-1"))]
    assert (await client.get("/v1/errors", headers=headers)).status_code == 200
    assert spans.named("GET /v1/errors").parent is None


async def test_the_platforms_own_requests_are_no_traces(client: httpx.AsyncClient, spans: Spans) -> None:
    await client.get("/livez")
    assert spans.get_finished_spans() == ()


def test_without_a_collector_a_callers_trace_is_handed_on() -> None:
    with tracing.request(SENT["traceparent"]), tracing.part("publish"):
        assert tracing.carried() == SENT["traceparent"]
    with tracing.request(None), tracing.part("publish"):
        assert tracing.carried() is None


@pytest.mark.parametrize(
    ("ratio", "flags", "decision"),
    [
        (1.0, "01", Decision.RECORD_AND_SAMPLE),
        (1.0, "00", Decision.DROP),
        (0.0, "01", Decision.DROP),
    ],
)
def test_a_caller_may_leave_its_trace_out_and_not_force_it_in(
    ratio: float, flags: str, decision: Decision
) -> None:
    parent = tracing.read(f"00-{TRACE}-{CALLER}-{flags}")
    assert sampler(ratio).should_sample(parent, int(TRACE, 16), "x").decision is decision


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Its address, and what it was sent."""
    got: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


def test_spans_leave_by_otlp(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    address, got = collector
    provider = provider_of(f"{address}/", 1.0, "api")
    provider.get_tracer("test").start_span("a span").end()
    provider.shutdown()
    ((path, body),) = got
    assert path == "/v1/traces"
    assert all(word in body for word in (b"a span", b"service.name", b"ekyc"))
