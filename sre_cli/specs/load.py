"""LoadPlan and Shot: what a load generator is told, and what it hands back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from sre_cli.specs.base import Spec

MAX_ARRIVALS = 200_000


class LoadPlan(Spec):
    """One trial: who is called, with what, how often and for how long.

    `constant` and `poisson` are open: arrivals follow the clock and never wait for an answer.
    `closed` keeps `users` requests in flight, each sent when the previous one is answered.
    """

    base_url: str = Field(pattern=r"^https?://")
    path: str = Field(pattern=r"^/")
    payloads: list[dict[str, Path]] = Field(min_length=1)
    """Multipart bodies, sent in turn: field name -> file."""
    arrivals: Literal["constant", "poisson", "closed"]
    rate_rps: float = Field(default=0, ge=0)
    users: int = Field(default=0, ge=0, le=1000)
    duration_s: float = Field(gt=0, le=3600)
    """How long requests are sent."""
    drain_s: float = Field(default=5, ge=0, le=600)
    """How long answers are awaited after that; what is still open then counts as unfinished."""
    max_in_flight: int = Field(default=500, ge=1, le=10_000)
    """Arrivals beyond this many open requests are dropped, and counted."""
    seed: int = 1

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.arrivals == "closed" and not self.users:
            raise ValueError("users: a closed trial needs at least one")
        if self.arrivals != "closed" and not self.rate_rps:
            raise ValueError("rate_rps: an open trial needs a rate above 0")
        if self.rate_rps * self.duration_s > MAX_ARRIVALS:
            raise ValueError(f"rate_rps x duration_s is over {MAX_ARRIVALS} arrivals")
        return self


class Shot(Spec):
    """One arrival; times are seconds since the trial began.

    `sent_s` is absent when the arrival was dropped, `finished_s` when no answer came in time.
    """

    scheduled_s: float
    sent_s: float | None = None
    finished_s: float | None = None
    status: int = 0
    """HTTP status of the final answer; 0 when there was none."""

    @property
    def ok(self) -> bool:
        """Whether a final, successful answer came."""
        return self.finished_s is not None and 200 <= self.status < 300 and self.status != 202

    @property
    def latency_s(self) -> float:
        """From the scheduled time, as a caller feels it; infinite without a good answer."""
        return self.finished_s - self.scheduled_s if self.ok and self.finished_s is not None else math.inf
