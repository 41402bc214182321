"""The model in its own thread, and what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import structlog

from services import metrics
from services.core.errors import ModelFailed
from services.core.images import Limits
from services.models import Check, Images, Model, Outcome

log = structlog.get_logger(__name__)


class ModelNotWarm(Exception):
    """The model is still loading."""


class Predictor:
    """Runs one model, one batch at a time, beside the event loop."""

    def __init__(self, check: Check):
        self.check = check
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._model: Model | None = None

    async def warm(self, threads: int, limits: Limits) -> None:
        """Load the model and run it once. Raises whatever its `load` raises."""
        self._model = await asyncio.get_running_loop().run_in_executor(
            self._thread, _load_warm, self.check, threads, limits
        )
        metrics.workers.labels(self.check.name).inc()

    async def ready(self) -> None:
        """Raises ModelNotWarm."""
        if self._model is None:
            raise ModelNotWarm("the model is still loading")

    async def predict(self, batch: Sequence[Images]) -> list[Outcome]:
        """Answer a batch. When it makes the model raise, each task is tried alone, and the culprit's
        outcome is ModelFailed."""
        if not batch:
            return []
        try:
            return await self._run(batch)
        except Exception:  # a model is foreign code; its worst image shall end one task, not the worker
            log.exception("model raised", check=self.check.name, batch=len(batch))
        if len(batch) == 1:
            return [Outcome(ModelFailed())]
        return [(await self.predict([images]))[0] for images in batch]

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    async def _run(self, batch: Sequence[Images]) -> list[Outcome]:
        await self.ready()
        assert self._model is not None  # noqa: S101  # `ready` did not raise
        started = perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._model.predict, batch)
        finally:
            metrics.worker_busy.labels(self.check.name).inc(perf_counter() - started)
            metrics.batch_size.labels(self.check.name).observe(len(batch))


def _load_warm(check: Check, threads: int, limits: Limits) -> Model:
    model = check.load(threads, limits)
    model.warm_up()
    return model
