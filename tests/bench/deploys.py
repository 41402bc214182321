"""Rolling deploys in a row under steady load: whether any caller notices, and how long each takes.

    python -m tests.bench.deploys [--deploys 20]

Needs the cluster `e2e` with everything deployed; face matches come in at 3 a second through the ingress, and
every answer is compared with the truth. Deploys go to the API and to the face-match workers in turn. The
reference is what waiting alone takes: each allocation's steady time, and the soak once.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time

from sre_cli import wiring
from sre_cli.specs.outputs import Outputs
from tests.e2e.callers import RATE_RPS, callers
from tests.e2e.changes import SOAK_S, change
from tests.engines import ENV

JOBS = ("api", "face-match-worker")
LEVELS = ("debug", "info")


def main() -> None:
    """Deploy, count and print; ends with 1 when a request was lost or answered wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.deploys")
    parser.add_argument("--deploys", type=int, default=20)
    deploys = parser.parse_args().deploys
    took_s: dict[str, list[float]] = {job: [] for job in JOBS}
    began_s = time.monotonic()
    with callers(Outputs.load(ENV)) as tally:
        turns = itertools.cycle((job, level) for level in LEVELS for job in JOBS)
        for number, (job, level) in enumerate(itertools.islice(turns, deploys), 1):
            outcome = change(job, level, lambda _: None)
            took_s[job].append(outcome.seconds)
            so_far = f"{tally.right} right, {tally.lost.total()} lost"
            print(f"{number:3} {job} {level}: {outcome.seconds} s; {so_far}", flush=True)
    spent_s = time.monotonic() - began_s
    told = (
        f"{tally.right} right, {len(tally.wrong)} wrong, {tally.lost.total()} lost {dict(tally.lost) or ''}"
    )
    print(f"{deploys} deploys in {spent_s:.0f} s under {RATE_RPS:g} requests/s: {tally.sent} sent, {told}")
    for job, seconds in took_s.items():
        spec = wiring.job_spec(job)
        least_s = spec.count * spec.health.steady_s + SOAK_S
        median_s = statistics.median(seconds)
        ratio = f"{median_s / least_s:.1f} of waiting alone"
        print(f"{job}: {median_s:.1f} s median, {max(seconds):.1f} s longest, {ratio}")
    sys.exit(bool(tally.wrong or tally.lost))


if __name__ == "__main__":
    main()
