"""Prometheus text of a service -> Reading. The service's metric names are its contract."""

from __future__ import annotations

from collections import defaultdict

from prometheus_client.parser import text_string_to_metric_families

from sre_cli.core.bottleneck import Reading

STAGE = "ekyc_stage_duration_seconds_sum"
QUEUE = "ekyc_queue_wait_seconds"
LAG = "ekyc_event_loop_lag_seconds"
WORKERS = "ekyc_workers"
BUSY = "ekyc_worker_busy_seconds_total"


def read_metrics(text: str, check: str, cpu_s: float) -> Reading:
    """Sum each metric of one check over its other labels; stages apart. What is not exposed counts as 0.

    Workers of the other checks are idle meanwhile: counted, they would make the busy ones look so.
    """
    totals: dict[str, float] = defaultdict(float)
    stages: dict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.labels.get("check", check) != check:
                continue
            totals[sample.name] += sample.value
            if sample.name == STAGE:
                stages[sample.labels["stage"]] += sample.value
    return Reading(
        stage_s=dict(stages),
        queue_wait_s=totals[f"{QUEUE}_sum"],
        queue_waits=totals[f"{QUEUE}_count"],
        loop_lag_s=totals[f"{LAG}_sum"],
        loop_lags=totals[f"{LAG}_count"],
        workers=int(totals[WORKERS]),
        worker_busy_s=totals[BUSY],
        cpu_s=cpu_s,
    )
