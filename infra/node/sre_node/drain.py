"""Watches for the cloud's word that it takes this machine back, and lets its jobs leave in time."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from .facts import Node, read_node

PAUSE_S = 2.0
TIMEOUT_S = 2.0
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Ec2:
    """Amazon's metadata: spot interruptions (two minutes ahead), terminations by the auto-scaling group."""

    def __init__(self, url: str = "http://169.254.169.254"):
        self._url = url

    def notice(self) -> str:
        """Why the machine goes; empty while it stays. Raises OSError: when there is no answer."""
        token = _get(f"{self._url}/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        headers = {"X-aws-ec2-metadata-token": token}
        spot = _get(f"{self._url}/latest/meta-data/spot/instance-action", "GET", headers)
        if spot:
            return f"spot {json.loads(spot)['action']} at {json.loads(spot)['time']}"
        state = _get(f"{self._url}/latest/meta-data/autoscaling/target-lifecycle-state", "GET", headers)
        return f"target lifecycle state {state}" if state == "Terminated" else ""


class Gce:
    """Google's metadata: preemption (30 s ahead), a graceful stop, host maintenance that the machine does not
    survive. Of a graceful stop nobody but the metadata tells, and no page is there where it cannot be."""

    def __init__(self, url: str = "http://metadata.google.internal"):
        self._url = f"{url}/computeMetadata/v1/instance"

    def notice(self) -> str:
        """Why the machine goes; empty while it stays. Raises OSError: when there is no answer."""
        headers = {"Metadata-Flavor": "Google"}
        if _get(f"{self._url}/preempted", "GET", headers) == "TRUE":
            return "preempted"
        if _get(f"{self._url}/shutdown-details/stop-state", "GET", headers) == "PENDING_STOP":
            return "stopped or deleted"
        event = _get(f"{self._url}/maintenance-event", "GET", headers)
        return "terminated for host maintenance" if event == "TERMINATE_ON_HOST_MAINTENANCE" else ""


CLOUDS: dict[str, Callable[[], Ec2 | Gce]] = {"aws": Ec2, "gcp": Gce}


def main() -> None:
    """Wait for the notice, drain, and say so."""
    node = read_node()
    reason = wait_for_notice(CLOUDS[node.config["cloud"]]().notice)
    print(f"the cloud takes this machine back: {reason}; draining", flush=True)
    drain(node)


def wait_for_notice(notice: Callable[[], str], pause_s: float = PAUSE_S) -> str:
    """Ask until there is one; say a failure once, until it is another."""
    said = ""
    while True:
        try:
            reason = notice()
        except (OSError, ValueError) as error:
            reason = ""
            if str(error) != said:
                said = str(error)
                print(f"no answer from the cloud's metadata: {said}", flush=True)
        if reason:
            return reason
        time.sleep(pause_s)


def drain(node: Node) -> None:
    """Stop Nomad, which drains itself (`drain_on_shutdown`) without any token, then report."""
    subprocess.run(["systemctl", "stop", "nomad.service"], check=False)
    print("drained", flush=True)
    report = node.config["report_drained"]
    if report:
        environment = {**os.environ, "INSTANCE_ID": node.instance_id}
        subprocess.run(["/bin/sh", "-c", report], env=environment, check=True)
        print("reported to the cloud", flush=True)


def _get(url: str, method: str, headers: dict[str, str]) -> str:
    """What the metadata says; empty where it says nothing (404). Raises OSError."""
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with NO_PROXY.open(request, timeout=TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return ""
        raise


if __name__ == "__main__":
    main()
