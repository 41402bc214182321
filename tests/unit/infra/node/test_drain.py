"""The cloud's notice, from metadata servers as the clouds have them, and what follows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.node.sre_node import drain
from infra.node.sre_node.drain import Ec2, Gce, wait_for_notice
from tests.unit.infra.conftest import Pretend
from tests.unit.infra.node.conftest import Answer, Asked, Serve, node_config
from tests.unit.infra.node.test_configure import node

SPOT = "/latest/meta-data/spot/instance-action"
STOP, EVENT = "shutdown-details/stop-state", "maintenance-event"
STATE = "/latest/meta-data/autoscaling/target-lifecycle-state"


class Imds:
    """Amazon's: version 2 alone, so a question without a session's token is turned away."""

    def __init__(self, pages: dict[str, str]):
        self.pages = pages

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "PUT" and asked.path == "/latest/api/token":
            return 200, b"session"
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if headers.get("x-aws-ec2-metadata-token") != "session":
            return 401, b""
        return (200, self.pages[asked.path].encode()) if asked.path in self.pages else (404, b"no such page")


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ({}, ""),
        ({STATE: "InService"}, ""),
        ({STATE: "Terminated"}, "target lifecycle state Terminated"),
        ({SPOT: '{"action": "terminate", "time": "08:00:00Z"}'}, "spot terminate at 08:00:00Z"),
    ],
    ids=["nothing said", "in service", "scaled in", "spot"],
)
def test_amazons_notices(serve: Serve, pages: dict[str, str], reason: str) -> None:
    assert Ec2(serve(Imds(pages))).notice() == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, ""),
        ({EVENT: "MIGRATE_ON_HOST_MAINTENANCE"}, ""),
        ({"preempted": "TRUE"}, "preempted"),
        ({STOP: "NONE"}, ""),
        ({STOP: "PENDING_STOP"}, "stopped or deleted"),
        ({EVENT: "TERMINATE_ON_HOST_MAINTENANCE"}, "terminated for host maintenance"),
    ],
)
def test_googles_notices(serve: Serve, said: dict[str, str], reason: str) -> None:
    pages = {"preempted": "FALSE", EVENT: "NONE"} | said

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("Metadata-Flavor", asked.headers.get("Metadata-flavor")) != "Google":
            return 403, b""
        page = asked.path.removeprefix("/computeMetadata/v1/instance/")
        return (200, pages[page].encode()) if page in pages else (404, b"")

    assert Gce(serve(answer)).notice() == reason


def test_a_metadata_server_that_stumbles_is_no_notice(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [(500, b""), (500, b""), (200, b"FALSE"), (404, b""), (200, b"NONE"), (200, b"TRUE")]
    google = Gce(serve(lambda _: answers.pop(0)))
    assert wait_for_notice(google.notice, pause_s=0) == "preempted"
    assert capsys.readouterr().out.count("no answer from the cloud's metadata") == 1


def test_nomad_leaves_first_and_then_the_cloud_is_told(
    pretend: Pretend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    folder = pretend("systemctl", f'echo "systemctl $*" >> {log}')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    drain.drain(node(node_config(cloud="aws", report_drained=f'echo "drained $INSTANCE_ID" >> {log}')))
    assert log.read_text().splitlines() == ["systemctl stop nomad.service", "drained i-0abc"]
