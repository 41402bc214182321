"""Names that other programs rely on: metrics, labels, queues and object keys, each written once.

Renaming one of these breaks dashboards, alerts or messages in flight.
"""

from __future__ import annotations

# Metrics; the unit is in the name.
HTTP_REQUESTS = "ekyc_http_requests_total"
HTTP_DURATION = "ekyc_http_request_duration_seconds"
HTTP_IN_FLIGHT = "ekyc_http_requests_in_flight"
STAGE_DURATION = "ekyc_stage_duration_seconds"
QUEUE_WAIT = "ekyc_queue_wait_seconds"
BATCH_SIZE = "ekyc_batch_size_tasks"
TASKS = "ekyc_tasks_total"
TASKS_IN_FLIGHT = "ekyc_tasks_in_flight"
WORKERS = "ekyc_workers"
WORKER_BUSY = "ekyc_worker_busy_seconds_total"
LOOP_LAG = "ekyc_event_loop_lag_seconds"

# Labels.
ROUTE = "route"
STATUS = "status"
CHECK = "check"
STAGE = "stage"
OUTCOME = "outcome"

DURATION_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""3.0 is the latency objective and must stay an edge: an SLO can only be counted at an edge."""
LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32)

# Queues.
DEAD_EXCHANGE = "ekyc.dead"
QUEUE_MAX_TASKS = 10_000
DELIVERY_LIMIT = 5
"""How often a task may be handed out again after the first time, before it is dead."""


def task_queue(check: str) -> str:
    """The queue of one check's tasks."""
    return f"ekyc.tasks.{check}"


def dead_queue(check: str) -> str:
    """Where that check's tasks end that nobody could process."""
    return f"ekyc.dead.{check}"


def image_key(check: str, task_id: str, part: str) -> str:
    """Where one image of one task lies in the object store."""
    return f"{check}/{task_id}/{part}"
