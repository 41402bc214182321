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
QUEUE_AGE = "ekyc_queue_age_seconds"
BATCH_SIZE = "ekyc_batch_size_tasks"
TASKS = "ekyc_tasks_total"
TASKS_IN_FLIGHT = "ekyc_tasks_in_flight"
VERIFICATIONS = "ekyc_verifications_total"
WORKERS = "ekyc_workers"
WORKER_BUSY = "ekyc_worker_busy_seconds_total"
GPU_BUSY = "ekyc_gpu_busy_ratio"
GPU_MEMORY = "ekyc_gpu_memory_bytes"
GPU_MEMORY_USED = "ekyc_gpu_memory_used_bytes"
GPU_PROCESSES = "ekyc_gpu_processes"
LOOP_LAG = "ekyc_event_loop_lag_seconds"
LIMITER_FALLBACK = "ekyc_limiter_fallback"
STORE_BREAKER_OPEN = "ekyc_object_store_breaker_open"
STORE_FALLBACK = "ekyc_object_store_fallback_total"
STORE_RECONCILED = "ekyc_object_store_reconciled_total"
STORE_UNSETTLED = "ekyc_object_store_unsettled"
DRIFT_PSI = "ekyc_drift_psi"
FEEDBACK = "ekyc_feedback_total"
SHADOW = "ekyc_shadow_total"
SHADOW_SCORE_DIFFERENCE = "ekyc_shadow_score_difference"
SHADOW_DURATION = "ekyc_shadow_duration_seconds"
WEBHOOK_DELIVERIES = "ekyc_webhook_deliveries_total"
WEBHOOK_BACKLOG = "ekyc_webhook_backlog_deliveries"
WEBHOOK_OVERDUE = "ekyc_webhook_overdue_seconds"
RESULTS_EXPIRED = "ekyc_results_expired_total"
RESEALED = "ekyc_resealed_rows_total"
CHORE_RUNS = "ekyc_chore_runs_total"
CHORE_DONE_AT = "ekyc_chore_last_success_timestamp_seconds"

# Labels.
ROUTE = "route"
STATUS = "status"
CHECK = "check"
STAGE = "stage"
OUTCOME = "outcome"
TIER = "tier"
STORE = "store"
OPERATION = "operation"
KIND = "kind"
CHORE = "chore"
FEATURE = "feature"
DECISION = "decision"
VERDICT = "verdict"
AGREEMENT = "agreement"
GPU = "gpu"
"""The device's UUID, which is the same in every container that shares it."""

DURATION_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
"""3.0 is the latency objective and must stay an edge: an SLO can only be counted at an edge."""
LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
DIFFERENCE_BUCKETS = (0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
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


# Objects beside the images; no check is called like this folder.
BOOKKEEPING = "bookkeeping/"
TOMBSTONES = f"{BOOKKEEPING}deleted"
PROBE_KEY = f"{BOOKKEEPING}probe"

TASK_TTL_MAX_S = 86_400


def tombstone_key(key: str) -> str:
    """Stands for an object that is to be deleted wherever it still is."""
    return f"{TOMBSTONES}/{key}"


def deleted_key(tombstone: str) -> str:
    """The object that a tombstone stands for."""
    return tombstone.removeprefix(f"{TOMBSTONES}/")


def image_key(tenant: str, check: str, task_id: str, part: str) -> str:
    """Where one image of one task lies in the object store: a tenant's images are below its id."""
    return f"{tenant}/{check}/{task_id}/{part}"
