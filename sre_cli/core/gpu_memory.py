"""Whether the jobs that may meet on a machine fit into its GPUs' memory. Pure.

Nomad knows nothing of a GPU's memory: two jobs of one role may be placed on one machine, and then share its
GPUs. So their peaks are added up as if they all met there; what is really free, the supervisor asks before
it starts anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sre_cli.specs.cluster import Pool
from sre_cli.specs.job import JobSpec
from sre_cli.specs.shapes import Gpus, Shape


def gpu_memory_mib(spec: JobSpec) -> dict[int, int]:
    """What an allocation takes of each GPU, by index: its replicas take turns."""
    gpu = spec.resources.gpu
    if gpu is None:
        return {}
    turns = Counter(index % gpu.devices for index in range(spec.scale))
    return {index: count * gpu.memory_mib for index, count in sorted(turns.items())}


def gpu_mistakes(
    pools: Mapping[str, Pool], shapes: Mapping[str, Shape], jobs: Iterable[JobSpec]
) -> Iterator[str]:
    """Each job that no pool's GPUs can hold, and each pool whose jobs could not all meet on one machine."""
    using = [job for job in jobs if job.resources.gpu]
    gpus = {name: shapes[pool.shape].gpus for name, pool in pools.items() if pool.shape in shapes}
    meeting: dict[str, list[JobSpec]] = {name: [] for name in pools}
    for job in using:
        serving = [name for name, pool in pools.items() if job.role in (None, *pool.roles)]
        holding = [name for name in serving if _holds(gpus.get(name), job)]
        if serving and not holding:
            yield f"pools: job {job.job} needs {_needs(job)}, and none of {', '.join(serving)} has that"
        for name in holding:
            meeting[name].append(job)
    for name, together in meeting.items():
        if found := gpus.get(name):
            yield from _overfull(name, pools[name].shape, found, together)


def _holds(gpus: Gpus | None, job: JobSpec) -> bool:
    needed = gpu_memory_mib(job)
    return gpus is not None and len(needed) <= gpus.count and max(needed.values()) <= gpus.memory_mib


def _needs(job: JobSpec) -> str:
    needed = gpu_memory_mib(job)
    return f"{len(needed)} GPU(s) with {max(needed.values())} MiB (scale {job.scale})"


def _overfull(name: str, shape: str, gpus: Gpus, jobs: Sequence[JobSpec]) -> Iterator[str]:
    totals = sum((Counter(gpu_memory_mib(job)) for job in jobs), Counter[int]())
    for index, total in sorted(totals.items()):
        if total > gpus.memory_mib:
            shares = {job.job: gpu_memory_mib(job).get(index, 0) for job in jobs}
            each = ", ".join(f"{one} {mib}" for one, mib in shares.items() if mib)
            yield (
                f"pools.{name}: {each} MiB may meet on GPU {index} of one {shape}, which has "
                f"{gpus.memory_mib}: a smaller scale, or roles of their own"
            )
