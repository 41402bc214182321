"""What this process counts and times. Names are in `core.conventions`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from services.core import conventions as c

http_requests = Counter(
    c.HTTP_REQUESTS.removesuffix("_total"),
    "Requests answered, by route, status and the caller's tier",
    [c.ROUTE, c.STATUS, c.TIER],
)
http_duration = Histogram(
    c.HTTP_DURATION,
    "From the request's first byte to the answer's last, by route, status and the caller's tier",
    [c.ROUTE, c.STATUS, c.TIER],
    buckets=c.DURATION_BUCKETS_S,
)
http_in_flight = Gauge(c.HTTP_IN_FLIGHT, "Requests being answered")
stage_duration = Histogram(
    c.STAGE_DURATION, "Parts of a check, by stage", [c.CHECK, c.STAGE], buckets=c.DURATION_BUCKETS_S
)
queue_wait = Histogram(
    c.QUEUE_WAIT, "From published to taken by a worker", [c.CHECK], buckets=c.DURATION_BUCKETS_S
)
queue_age = Gauge(
    c.QUEUE_AGE,
    "Age of the oldest check that is wanted and has no answer, at the last look",
    [c.CHECK],
)
batch_size = Histogram(c.BATCH_SIZE, "Tasks given to the model at once", [c.CHECK], buckets=c.BATCH_BUCKETS)
tasks = Counter(c.TASKS.removesuffix("_total"), "Tasks ended, by outcome", [c.CHECK, c.OUTCOME])
tasks_in_flight = Gauge(c.TASKS_IN_FLIGHT, "Tasks taken and not yet ended", [c.CHECK])
verifications = Counter(
    c.VERIFICATIONS.removesuffix("_total"), "Verifications concluded, by decision, or `failed`", [c.DECISION]
)
workers = Gauge(c.WORKERS, "Models of this process that are warm", [c.CHECK])
worker_busy = Counter(c.WORKER_BUSY.removesuffix("_total"), "Seconds the model computed", [c.CHECK])
loop_lag = Histogram(
    c.LOOP_LAG, "How late the event loop woke up, sampled twice a second", buckets=c.LAG_BUCKETS_S
)
limiter_fallback = Gauge(
    c.LIMITER_FALLBACK, "1 while the shared limiter is away and this process limits for itself"
)
store_breaker_open = Gauge(c.STORE_BREAKER_OPEN, "Whether an object store is known to be away", [c.STORE])
store_fallback = Counter(
    c.STORE_FALLBACK.removesuffix("_total"),
    "Operations in which the other object store stepped in",
    [c.OPERATION],
)
store_reconciled = Counter(
    c.STORE_RECONCILED.removesuffix("_total"),
    "Objects brought home, and deletions made up for",
    [c.OPERATION],
)
store_unsettled = Gauge(
    c.STORE_UNSETTLED, "Objects not home yet, and tombstones that stand, at the last pass", [c.KIND]
)
drift_psi = Gauge(
    c.DRIFT_PSI, "How far recent answers lie from the model's reference window", [c.CHECK, c.FEATURE]
)
feedback = Counter(
    c.FEEDBACK.removesuffix("_total"), "Answers that the business called right or wrong", [c.CHECK, c.VERDICT]
)
shadow = Counter(
    c.SHADOW.removesuffix("_total"),
    "Sampled tasks: whether the candidate's answer is the `same`, `different`, `failed`; or was `skipped`",
    [c.CHECK, c.AGREEMENT],
)
shadow_score_difference = Histogram(
    c.SHADOW_SCORE_DIFFERENCE,
    "How far a candidate's score lies from the answer's",
    [c.CHECK],
    buckets=c.DIFFERENCE_BUCKETS,
)
shadow_duration = Histogram(
    c.SHADOW_DURATION,
    "What a candidate takes for a task, at the lowest priority",
    [c.CHECK],
    buckets=c.DURATION_BUCKETS_S,
)
webhook_deliveries = Counter(
    c.WEBHOOK_DELIVERIES.removesuffix("_total"), "Tries to deliver a webhook, by outcome", [c.OUTCOME]
)
webhook_backlog = Gauge(c.WEBHOOK_BACKLOG, "Webhooks not delivered and not given up, at the last look")
webhook_overdue = Gauge(c.WEBHOOK_OVERDUE, "How long the one that waits longest is past its time")
results_expired = Counter(
    c.RESULTS_EXPIRED.removesuffix("_total"), "Checks and sessions deleted after their tenant's time"
)
resealed = Counter(c.RESEALED.removesuffix("_total"), "Rows sealed anew with the first key")
chore_runs = Counter(c.CHORE_RUNS.removesuffix("_total"), "Runs of a chore, by outcome", [c.CHORE, c.OUTCOME])
chore_done_at = Gauge(c.CHORE_DONE_AT, "When the chore last succeeded, in Unix seconds", [c.CHORE])
