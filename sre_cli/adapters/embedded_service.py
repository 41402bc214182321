"""The service in its embedded mode, as a process of ours: started, watched, asked, ended."""

from __future__ import annotations

import mimetypes
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from sre_cli.adapters.child_process import child, environment_without, tail
from sre_cli.adapters.service_metrics import read_metrics
from sre_cli.core.bottleneck import Reading
from sre_cli.core.pairs import Decision, Pair, PairAnswer
from sre_cli.errors import EngineUnavailable, UsageError

HOST = "127.0.0.1"
CHECK = "face-match"
START_S = 60
ANSWER_S = 30
POLL_S = 0.1


class EmbeddedService:
    """FaceMatcher and Meter of a service that runs on this machine."""

    def __init__(self, base_url: str, process: psutil.Process):
        self.base_url = base_url
        self._process = process
        # Without the environment's proxies: they must not see, or answer, loopback.
        self._http = httpx.Client(base_url=base_url, timeout=ANSWER_S, trust_env=False)

    def compare(self, pair: Pair) -> PairAnswer:
        """One check from sending to its final answer.

        Raises EngineUnavailable: when the service does not answer, or does not decide in time.
        """
        files = {"image_a": _part(pair.a), "image_b": _part(pair.b)}
        began = time.perf_counter()
        try:
            response = self._follow(self._http.post(f"/v1/{CHECK}", files=files), began + ANSWER_S)
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"the service did not answer: {error!r}") from None
        return _read_answer(pair, response, time.perf_counter() - began)

    def _follow(self, response: httpx.Response, deadline: float) -> httpx.Response:
        """Ask again for as long as the answer says where, which only a pending check does."""
        while location := response.headers.get("Location"):
            if time.perf_counter() > deadline:
                raise EngineUnavailable(f"{location} is still undecided after {ANSWER_S} s")
            time.sleep(POLL_S)
            response = self._http.get(location)
        return response

    def reading(self) -> Reading:
        """Totals of /metrics and the CPU time of the service's processes.

        Raises EngineUnavailable: when the service has gone.
        """
        try:
            used = [p.cpu_times() for p in [self._process, *self._process.children(recursive=True)]]
            text = self._http.get("/metrics").raise_for_status().text
        except (httpx.HTTPError, psutil.Error) as error:
            raise EngineUnavailable(f"the service shows no metrics: {error!r}") from None
        return read_metrics(text, CHECK, cpu_s=sum(spent.user + spent.system for spent in used))

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


@contextmanager
def embedded_service(port: int, say: Callable[[str], None]) -> Iterator[EmbeddedService]:
    """Start the service on `port` (0: any free one) and end it, its data included, with the block.

    Raises UsageError: when the port is taken.
    Raises EngineUnavailable: when the service ends or is not ready in time; shows its last words.
    """
    port = _free_port(port)
    with TemporaryDirectory(prefix="sre-demo-", ignore_cleanup_errors=True) as name:
        log = Path(name) / "service.log"
        env = environment_without("EKYC_") | {
            "HOST": HOST,
            "PORT": str(port),
            "EKYC_DATA_DIR": str(Path(name) / "data"),
            "EKYC_DRAIN_WAIT_S": "0",  # no proxy needs time to look elsewhere
        }
        with child([sys.executable, "-m", "services", "embedded"], env, log) as process:
            service = EmbeddedService(f"http://{HOST}:{port}", psutil.Process(process.pid))
            try:
                _await_ready(service.base_url, process, say)
                yield service
            except EngineUnavailable as error:
                error.detail = error.detail or tail(log)
                raise
            finally:
                service.close()


def _await_ready(base_url: str, process: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + START_S
    with httpx.Client(base_url=base_url, timeout=2, trust_env=False) as http:
        while time.monotonic() < deadline:
            say("the service starts and warms its model")
            if process.poll() is not None:
                raise EngineUnavailable(f"the service ended at once (exit {process.returncode})")
            with suppress(httpx.HTTPError):
                if http.get("/readyz").is_success:
                    return
            time.sleep(POLL_S)
    raise EngineUnavailable(f"the service was not ready within {START_S} s")


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}",
                hint="another --port, or none for any free one",
            ) from None
        return int(probe.getsockname()[1])


def _part(file: Path) -> tuple[str, bytes, str]:
    return file.name, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _read_answer(pair: Pair, response: httpx.Response, latency_s: float) -> PairAnswer:
    if response.is_server_error:
        raise EngineUnavailable(f"the service failed: {response.status_code}", detail=response.text)
    body = response.json()
    if body.get("status") != "done":
        return PairAnswer(pair, latency_s, refusal=body.get("code", f"status {response.status_code}"))
    result, model, timings = body["result"], body["model"], body["timings_ms"]
    decision = Decision(
        score=result["score"],
        match=result["match"],
        threshold=result["threshold"],
        model=f"{model['name']} {model['version']}",
        stages_ms={name: ms for name, ms in timings.items() if name != "total"},
    )
    return PairAnswer(pair, latency_s, decision)
