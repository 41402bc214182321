"""What a GPU does, as the driver's own library tells it; where there is none, nothing is told."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pynvml
import pytest
from prometheus_client import CollectorRegistry

from services.adapters.nvml import watch_gpus


def handle(index: int) -> str:
    """The second device has fallen off the bus."""
    if index:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
    return "first"


DRIVER: dict[str, Callable[..., object]] = {
    "nvmlInit": lambda: None,
    "nvmlDeviceGetCount": lambda: 2,
    "nvmlDeviceGetHandleByIndex": handle,
    "nvmlDeviceGetUUID": lambda device: f"GPU-{device}",
    "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(used=3 * 2**30, total=16 * 2**30),
    "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=85, memory=40),
    "nvmlDeviceGetComputeRunningProcesses": lambda _: [SimpleNamespace(pid=1), SimpleNamespace(pid=2)],
}


def test_each_device_that_answers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, answer in DRIVER.items():
        monkeypatch.setattr(pynvml, name, answer)
    registry = CollectorRegistry()
    assert watch_gpus(registry)
    first = {"gpu": "GPU-first"}
    assert registry.get_sample_value("ekyc_gpu_busy_ratio", first) == 0.85
    assert registry.get_sample_value("ekyc_gpu_memory_used_bytes", first) == 3 * 2**30
    assert registry.get_sample_value("ekyc_gpu_memory_bytes", first) == 16 * 2**30
    assert registry.get_sample_value("ekyc_gpu_processes", first) == 2
    assert sum(len(family.samples) for family in registry.collect()) == 4


def test_without_a_driver_there_is_nothing_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    registry = CollectorRegistry()
    assert not watch_gpus(registry)
    assert not list(registry.collect())
