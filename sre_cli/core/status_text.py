"""A Status as lines for people, within 100 columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sre_cli.core.status import NodeState, Service, Status, zone_counts

MARGIN = 9
NOTHING = "no data"


def status_lines(status: Status) -> Iterator[str]:
    """One block a subject, its name in the margin."""
    for title, lines in (
        ("ZONES", [_zones(status)]),
        ("SERVERS", [_servers(status)]),
        ("NODES", _nodes(status)),
        ("JOBS", _jobs(status)),
        ("QUEUES", _queues(status)),
        ("STORES", [_stores(status)]),
        ("CALLERS", _callers(status)),
        ("ALERTS", _alerts(status)),
    ):
        for index, line in enumerate(lines):
            yield f"{title if index == 0 else '':<{MARGIN}}{line}".rstrip()


def _zones(status: Status) -> str:
    if status.machines is None:
        return NOTHING
    counts = {zone: zone_counts(status, zone) for zone in status.zones}
    return "   ".join(
        f"{zone} {up}/{there} up{' CUT OFF' if there and not up else ''}"
        for zone, (up, there) in counts.items()
    )


def _servers(status: Status) -> str:
    if not status.servers:
        return NOTHING
    healthy = sum(server.is_healthy for server in status.servers)
    leader = next((server.name for server in status.servers if server.is_leader), "none")
    quorum = "quorum" if healthy > len(status.servers) // 2 else "NO QUORUM"
    wanted = max(len(status.servers), status.wanted_servers)
    return f"{healthy}/{wanted} healthy, {quorum}, leader {leader}"


def _nodes(status: Status) -> list[str]:
    if status.nodes is None:
        return [NOTHING]
    pools: dict[str, list[NodeState]] = {}
    for node in status.present():
        pools.setdefault(node.pool, []).append(node)
    rows = [(pool, *_pool_cells(nodes)) for pool, nodes in sorted(pools.items())]
    return _table(("pool", "ready", "draining", "down", "memory given"), rows)


def _pool_cells(nodes: Sequence[NodeState]) -> tuple[str, ...]:
    ready = sum(node.status == "ready" for node in nodes)
    draining = sum(node.status == "draining" for node in nodes)
    used, there = sum(n.memory_used_mib for n in nodes), sum(n.memory_mib for n in nodes)
    share = f"{used / 1024:.1f} of {there / 1024:.1f} GiB ({100 * used // max(1, there)} %)"
    return f"{ready}/{len(nodes)}", str(draining), str(len(nodes) - ready - draining), share


def _jobs(status: Status) -> list[str]:
    if status.jobs is None:
        return [NOTHING]
    rows = [
        (
            job.state.job,
            job.state.status,
            job.state.version,
            f"{job.state.running}/{job.state.wanted}",
            f"{job.passing}/{len(job.checks)}",
        )
        for job in status.jobs
    ]
    return _table(("job", "status", "version", "allocations", "healthy"), rows)


def _queues(status: Status) -> list[str]:
    if not status.queues:
        return [NOTHING]
    rows = [(queue.name, str(queue.waiting), str(queue.consumers)) for queue in status.queues]
    return _table(("queue", "waiting", "consumers"), rows)


def _stores(status: Status) -> str:
    stores = [job for job in status.jobs or () if job.state.job.startswith("object-store")]
    words = [f"{job.state.job} {'answers' if job.passing else 'DOES NOT ANSWER'}" for job in stores]
    return ", ".join(words) or "the cloud's own"


def _callers(status: Status) -> list[str]:
    return [f"ingress {status.ingress or 'not deployed'}", f"last hour: {_service(status.service)}"]


def _service(service: Service | None) -> str:
    if service is None or not service.requests:
        return NOTHING
    return ", ".join(
        [
            f"{service.requests:.0f} requests",
            _figure("availability", service.availability_ratio, 100, "%"),
            _figure("p95", service.p95_s, 1, "s"),
        ]
    )


def _figure(name: str, value: float | None, scale: float, unit: str) -> str:
    return f"{name} {NOTHING}" if value is None else f"{name} {value * scale:.2f} {unit}"


def _alerts(status: Status) -> list[str]:
    if status.alerts is None:
        return [NOTHING]
    return [f"{alert.name} {alert.severity} {alert.labels}" for alert in status.alerts] or ["none fires"]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [headers, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
