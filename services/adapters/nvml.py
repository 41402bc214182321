"""What the GPUs that this container sees are doing, asked of NVIDIA's management library at each scrape.

The driver knows utilisation by device, not by container: containers that share a GPU all show the same. Which
process holds how much memory it says by the host's process ids, which a container does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pynvml
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from services.core import conventions as c

PERCENT = 100


class GpuCollector(Collector):
    """Utilisation, memory and processes of each GPU; nothing of one that does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One look at every GPU."""
        families = [GaugeMetricFamily(name, about, labels=[c.GPU]) for name, about, _ in _MEASURES]
        for device in _devices():
            for family, (_, _, measure) in zip(families, _MEASURES, strict=True):
                # Fallen off the bus, being reset, or cut in parts (MIG), which have no utilisation.
                with suppress(pynvml.NVMLError):
                    family.add_metric([pynvml.nvmlDeviceGetUUID(device)], measure(device))
        yield from families


def _devices() -> Iterator[Any]:
    with suppress(pynvml.NVMLError):
        for index in range(pynvml.nvmlDeviceGetCount()):
            with suppress(pynvml.NVMLError):
                yield pynvml.nvmlDeviceGetHandleByIndex(index)


_MEASURES: tuple[tuple[str, str, Callable[[Any], float]], ...] = (
    (
        c.GPU_BUSY,
        "Part of the last moment in which the GPU computed",
        lambda device: pynvml.nvmlDeviceGetUtilizationRates(device).gpu / PERCENT,
    ),
    (
        c.GPU_MEMORY_USED,
        "Memory of the GPU in use, by all together",
        lambda device: pynvml.nvmlDeviceGetMemoryInfo(device).used,
    ),
    (c.GPU_MEMORY, "Memory of the GPU", lambda device: pynvml.nvmlDeviceGetMemoryInfo(device).total),
    (
        c.GPU_PROCESSES,
        "Processes that compute on the GPU",
        lambda device: len(pynvml.nvmlDeviceGetComputeRunningProcesses(device)),
    ),
)


def watch_gpus(registry: CollectorRegistry) -> bool:
    """Add them to what is scraped; False on a machine without NVIDIA's driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    registry.register(GpuCollector())
    return True
