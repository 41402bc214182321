"""What the GPUs that this container sees are doing, asked of NVIDIA's management library at each scrape.

The driver knows utilisation by device, not by container: containers that share a GPU all show the same. Which
process holds how much memory it says by the host's process ids, which a container does not know.
"""

from __future__ import annotations

from collections.abc import Iterator

import pynvml
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from services.core import conventions as c

PERCENT = 100


class GpuCollector(Collector):
    """Utilisation, memory and processes of each GPU; nothing of one that does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One look at every GPU."""
        busy = GaugeMetricFamily(
            c.GPU_BUSY, "Part of the last moment in which the GPU computed", labels=[c.GPU]
        )
        used = GaugeMetricFamily(
            c.GPU_MEMORY_USED, "Memory of the GPU in use, by all together", labels=[c.GPU]
        )
        total = GaugeMetricFamily(c.GPU_MEMORY, "Memory of the GPU", labels=[c.GPU])
        sharing = GaugeMetricFamily(c.GPU_PROCESSES, "Processes that compute on the GPU", labels=[c.GPU])
        for index in range(pynvml.nvmlDeviceGetCount()):
            try:
                device = pynvml.nvmlDeviceGetHandleByIndex(index)
                uuid, memory = [pynvml.nvmlDeviceGetUUID(device)], pynvml.nvmlDeviceGetMemoryInfo(device)
                ratio = pynvml.nvmlDeviceGetUtilizationRates(device).gpu / PERCENT
                processes = len(pynvml.nvmlDeviceGetComputeRunningProcesses(device))
            except pynvml.NVMLError:  # it fell off the bus, or is being reset
                continue
            for family, value in (
                (busy, ratio),
                (used, memory.used),
                (total, memory.total),
                (sharing, processes),
            ):
                family.add_metric(uuid, value)
        yield from (busy, used, total, sharing)


def watch_gpus(registry: CollectorRegistry) -> bool:
    """Add them to what is scraped; False on a machine without NVIDIA's driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    registry.register(GpuCollector())
    return True
