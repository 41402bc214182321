"""`sre status`: asks every engine; one that does not answer leaves its part out and is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sre_cli.core.status import Alert, JobHealth, QueueState, Service, Status
from sre_cli.errors import EngineUnavailable
from sre_cli.ports import Catalog, Front, Metrics, Orchestrator, Sample

T = TypeVar("T")

CALLS = 'ekyc_http_requests_total{route=~"/v1/.*"'
REQUESTS = f"sum(increase({CALLS}}}[1h]))"
FAILED = f'sum(rate({CALLS},status=~"5.."}}[1h]))'
AVAILABILITY = f"1 - ({FAILED} or vector(0)) / sum(rate({CALLS}}}[1h]))"
DURATIONS = 'rate(ekyc_http_request_duration_seconds_bucket{route=~"/v1/.*"}[1h])'
P95 = f"histogram_quantile(0.95, sum by (le) ({DURATIONS}))"
WAITING = 'sum by (queue) (rabbitmq_detailed_queue_messages_ready{queue=~"ekyc.*"})'
CONSUMERS = 'sum by (queue) (rabbitmq_detailed_queue_consumers{queue=~"ekyc.*"})'
FIRING = 'ALERTS{alertstate="firing"}'


@dataclass
class Look:
    """One look at everything."""

    env: str
    zones: tuple[str, ...]
    wanted_jobs: tuple[str, ...]
    orchestrator: Orchestrator
    catalog: Catalog
    metrics: Metrics | None
    front: Front
    wanted_servers: int = 0
    wanted_nodes: Mapping[str, int] = field(default_factory=dict)
    _silent: dict[str, str] = field(default_factory=dict)

    def run(self) -> Status:
        """Raises EngineUnavailable: when neither the orchestrator nor the catalog answers."""
        self._silent = {}
        machines = self._ask("Consul", self.catalog.machines)
        nodes = self._ask("Nomad", self.orchestrator.nodes)
        if machines is None and nodes is None:
            raise EngineUnavailable("\n".join(self._silent.values()), hint=f"sre infra up {self.env}")
        return Status(
            env=self.env,
            zones=self.zones,
            wanted_jobs=self.wanted_jobs,
            wanted_servers=self.wanted_servers,
            wanted_nodes=self.wanted_nodes,
            machines=machines,
            nodes=nodes,
            servers=self._ask("Nomad", self.orchestrator.servers),
            jobs=self._ask("Nomad", self._jobs),
            queues=self._measured(self._queues),
            service=self._measured(self._service),
            alerts=self._measured(self._alerts),
            ingress=self.front.knock() if "ingress" in self.wanted_jobs else None,
            silent=self._silent,
        )

    def _ask(self, engine: str, question: Callable[[], T]) -> T | None:
        """The answer, or a note of why there is none; an engine that was silent once is not asked again."""
        if engine in self._silent:
            return None
        try:
            return question()
        except EngineUnavailable as error:
            self._silent[engine] = error.message
            return None

    def _measured(self, question: Callable[[Metrics], T]) -> T | None:
        metrics = self.metrics
        return None if metrics is None else self._ask("Prometheus", lambda: question(metrics))

    def _jobs(self) -> list[JobHealth]:
        states = self.orchestrator.jobs()
        return [
            JobHealth(state, tuple(self._ask("Consul", lambda job=state.job: self.catalog.checks(job)) or ()))  # type: ignore[misc]
            for state in states
        ]

    def _queues(self, metrics: Metrics) -> list[QueueState]:
        consumers = {one.labels["queue"]: one.value for one in metrics.instant(CONSUMERS)}
        return [
            QueueState(name, int(one.value), int(consumers.get(name, 0)))
            for one in metrics.instant(WAITING)
            for name in [one.labels["queue"]]
        ]

    def _service(self, metrics: Metrics) -> Service:
        return Service(
            requests=_only(metrics.instant(REQUESTS)),
            availability_ratio=_only(metrics.instant(AVAILABILITY)),
            p95_s=_only(metrics.instant(P95)),
        )

    def _alerts(self, metrics: Metrics) -> list[Alert]:
        return [_alert(sample) for sample in metrics.instant(FIRING)]


def _only(samples: list[Sample]) -> float | None:
    return samples[0].value if samples else None


def _alert(sample: Sample) -> Alert:
    hidden = {"__name__", "alertname", "alertstate", "severity"}
    labels = ", ".join(f"{k}={v}" for k, v in sorted(sample.labels.items()) if k not in hidden)
    return Alert(sample.labels.get("alertname", "?"), sample.labels.get("severity", ""), labels)
