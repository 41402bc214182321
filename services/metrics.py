"""What this process counts and times. Names are in `core.conventions`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from services.core import conventions as c

http_requests = Counter(
    c.HTTP_REQUESTS.removesuffix("_total"), "Requests answered, by route and status", [c.ROUTE, c.STATUS]
)
http_duration = Histogram(
    c.HTTP_DURATION,
    "From the request's first byte to the answer's last, by route and status",
    [c.ROUTE, c.STATUS],
    buckets=c.DURATION_BUCKETS_S,
)
http_in_flight = Gauge(c.HTTP_IN_FLIGHT, "Requests being answered")
stage_duration = Histogram(
    c.STAGE_DURATION, "Parts of a check, by stage", [c.CHECK, c.STAGE], buckets=c.DURATION_BUCKETS_S
)
queue_wait = Histogram(
    c.QUEUE_WAIT, "From published to taken by a worker", [c.CHECK], buckets=c.DURATION_BUCKETS_S
)
batch_size = Histogram(c.BATCH_SIZE, "Tasks given to the model at once", [c.CHECK], buckets=c.BATCH_BUCKETS)
tasks = Counter(c.TASKS.removesuffix("_total"), "Tasks ended, by outcome", [c.CHECK, c.OUTCOME])
tasks_in_flight = Gauge(c.TASKS_IN_FLIGHT, "Tasks taken and not yet ended", [c.CHECK])
workers = Gauge(c.WORKERS, "Models of this process that are warm", [c.CHECK])
worker_busy = Counter(c.WORKER_BUSY.removesuffix("_total"), "Seconds the model computed", [c.CHECK])
loop_lag = Histogram(
    c.LOOP_LAG, "How late the event loop woke up, sampled twice a second", buckets=c.LAG_BUCKETS_S
)
