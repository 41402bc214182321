"""The real API and a worker of a pretended face-match, with every span at hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from services import models, tracing
from services.models import Images, Outcome
from services.ports import Ports
from services.settings import Settings
from tests.unit.services.conftest import talking_to
from tests.unit.services.rig import Rig
from tests.unit.services.tenancy import CHECK

STAGES_MS = {"decode": 10.0, "embed": 20.0}
NAME = "ŽOFIE NOVÁKOVÁ"


class Document(BaseModel):
    """What a model read."""

    name: str = NAME


class Reader:
    """Reads the same in every picture, or raises with it in its hand."""

    def __init__(self, *, raises: bool = False):
        self._raises = raises

    def warm_up(self) -> None:
        """Always warm."""

    def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        if self._raises:
            raise ValueError(f"not a date: {NAME}")
        return [Outcome(Document(), STAGES_MS) for _ in batch]


class Spans(InMemorySpanExporter):
    """All that were exported, by name."""

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.get_finished_spans() if span.name == name]
        return found


def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """Export spans to the test."""
    spans, provider = Spans(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    yield spans
    provider.shutdown()


@asynccontextmanager
async def serving(ports: Ports, settings: Settings, reader: Reader) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, beside a worker that reads with `reader`."""
    check = replace(models.find(CHECK), load=lambda _threads, _limits: reader, features=())
    async with talking_to(ports, settings) as client:
        rig = await Rig.start(ports, check)
        yield client
        await rig.drain()
