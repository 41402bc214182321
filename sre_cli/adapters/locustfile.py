"""The Locust side of a trial. Locust loads this file; nothing in `sre` may import it.

Locust's own users are a closed model: each waits for its answer before it sends again, so a slow
service is asked less often and its queue is never seen (coordinated omission). Here one user walks
a schedule made beforehand and gives every arrival a greenlet of its own.
"""

from __future__ import annotations

import json
import mimetypes
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import psutil
from gevent.pool import Pool
from locust import FastHttpUser, task
from urllib3 import encode_multipart_formdata

from sre_cli.core.arrivals import plan_arrivals
from sre_cli.specs.load import LoadPlan, Shot

FOLDER = Path(os.environ["SRE_TRIAL"])
PLAN = LoadPlan.model_validate_json((FOLDER / "plan.json").read_bytes())
POLL_S = 0.1


def _body(fields: dict[str, Path]) -> tuple[Any, str]:
    """A multipart body (bytes, which Locust's own hints forget) and its content type."""
    return encode_multipart_formdata(
        [
            (name, (file.name, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "image/jpeg"))
            for name, file in fields.items()
        ]
    )


BODIES = [_body(fields) for fields in PLAN.payloads]


class TrialUser(FastHttpUser):
    """Runs the whole plan once, writes its records and ends Locust."""

    host = PLAN.base_url
    concurrency = PLAN.max_in_flight
    network_timeout = connection_timeout = PLAN.duration_s + PLAN.drain_s

    @task
    def run_plan(self) -> None:
        """Send, await the answers, write."""
        self.shots: list[Shot] = []
        self.numbers = count()
        self.began, cpu, machine = time.perf_counter(), time.process_time(), _machine_busy_s()
        pool = Pool(PLAN.users if PLAN.arrivals == "closed" else PLAN.max_in_flight)
        if PLAN.arrivals == "closed":
            for _ in range(PLAN.users):
                pool.spawn(self._keep_asking)
        else:
            self._dispatch(pool)
        pool.join(timeout=max(0.0, PLAN.duration_s + PLAN.drain_s - self._now()))
        pool.kill()
        spent = {
            "generator_cpu_s": time.process_time() - cpu,
            "machine_busy_s": _machine_busy_s() - machine,
            "elapsed_s": self._now(),
        }
        (FOLDER / "records.jsonl").write_text("".join(s.model_dump_json() + "\n" for s in self.shots))
        (FOLDER / "generator.json").write_text(json.dumps(spent))
        self.environment.runner.quit()

    def _now(self) -> float:
        return time.perf_counter() - self.began

    def _dispatch(self, pool: Pool) -> None:
        for at in plan_arrivals(PLAN):
            # A late dispatcher still yields, so that answers are read and their times stay true.
            gevent.sleep(max(0.0, at - self._now()))
            if pool.free_count() > 0:
                pool.spawn(self._shoot, at)
            else:
                self.shots.append(Shot(scheduled_s=at))

    def _keep_asking(self) -> None:
        while (now := self._now()) < PLAN.duration_s:
            self._shoot(now)

    def _shoot(self, scheduled_s: float) -> None:
        sent_s = self._now()
        shot = Shot(scheduled_s=scheduled_s, sent_s=sent_s)
        try:
            status = self._ask()
            shot = Shot(scheduled_s=scheduled_s, sent_s=sent_s, finished_s=self._now(), status=status)
        finally:
            # Also when the drain ended first and the pool was killed: unfinished is a result.
            self.shots.append(shot)

    def _ask(self) -> int:
        """One check to its final answer; a pending one is followed to its Location."""
        body, content_type = BODIES[next(self.numbers) % len(BODIES)]
        response: Any = self.client.post(PLAN.path, data=body, headers={"Content-Type": content_type})
        # Only a check that is still pending says where to ask again.
        while location := (response.headers or {}).get("Location"):
            gevent.sleep(POLL_S)
            response = self.client.get(location)
        return int(response.status_code)


def _machine_busy_s() -> float:
    times = psutil.cpu_times()._asdict()
    # Linux counts guests within user time as well.
    idle = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(seconds for name, seconds in times.items() if name not in idle))
