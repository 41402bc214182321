"""The project says no where Google would."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.gcp.discovery import mistakes
from tests.stacks.gcp.project import Project, Refused
from tests.stacks.provider import Resource
from tests.unit.infra.clouds.gcp.plan import PROJECT

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
NETWORK_ID = f"projects/{PROJECT}/global/networks/net"
ON_NETWORK = {"name": "sub", "region": "r", "network": NETWORK_ID, "ipCidrRange": "10.0.0.0/20"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"nmae": "x"}, "unknown field"),
        ({"autoCreateSubnetworks": "no"}, "must be boolean"),
        ({"routingConfig": {"routingMode": "LOCAL"}}, "none of"),
        ({"id": "7"}, "output only"),
    ],
)
def test_a_body_that_the_api_would_refuse(body: dict[str, Any], said: str) -> None:
    (found,) = mistakes("compute.v1", "networks.insert", body)
    assert said in found


@pytest.fixture
def project() -> Project:
    made = Project()
    made.create("gcp:projects/service:Service", "api", {"service": "compute.googleapis.com"})
    return made


def test_nothing_is_made_before_its_api_is_on() -> None:
    with pytest.raises(Refused, match="compute"):
        Project().create(NETWORK, "net", {"name": "net"})


def test_nothing_is_asked_before_its_api_is_on() -> None:
    with pytest.raises(Refused, match="cloudresourcemanager is off"):
        Project().invoke("gcp:organizations/getProject:getProject", {})


def test_what_is_referred_to_must_be_there(project: Project) -> None:
    with pytest.raises(Refused, match="there is no"):
        project.create(SUBNET, "sub", ON_NETWORK)


def test_what_is_in_use_cannot_be_deleted(project: Project) -> None:
    project.create(NETWORK, "net", {"name": "net"})
    project.create(SUBNET, "sub", ON_NETWORK)
    with pytest.raises(Refused, match="in use"):
        project.delete(Resource(NETWORK, "net", {"name": "net"}, NETWORK_ID))


def test_nothing_is_made_twice(project: Project) -> None:
    project.create(NETWORK, "net", {"name": "net"})
    with pytest.raises(Refused, match="already exists"):
        project.create(NETWORK, "net", {"name": "net"})


def test_a_kind_that_nobody_wrote_down_is_refused(project: Project) -> None:
    assert project.check("gcp:pubsub/topic:Topic", {})
