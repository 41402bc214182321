"""The network and the firewall: private nodes, least privilege, everything logged."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from infra.clouds.gcp.addresses import plan_addresses
from infra.clouds.gcp.firewall import plan_rules
from tests.unit.infra.clouds.gcp.plan import planned, prod, spec_with

SERVER, CLIENT = "gcp-prod-server", "gcp-prod-client"


@pytest.mark.parametrize("cidr", ["10.30.0.0/16", "10.0.0.0/8", "172.16.16.0/20"])
def test_ranges_lie_within_the_network_and_apart(cidr: str) -> None:
    plan = plan_addresses(IPv4Network(cidr))
    ranges = [plan.nodes, plan.proxies, plan.managed]
    assert all(one.subnet_of(IPv4Network(cidr)) for one in ranges)
    assert not any(a.overlaps(b) for i, a in enumerate(ranges) for b in ranges[i + 1 :])


def test_the_network_has_no_subnets_of_googles_and_the_nodes_one_is_private_and_logged() -> None:
    assert prod().named("gcp:compute:Network", "gcp-prod-network")["autoCreateSubnetworks"] is False
    nodes = prod().named("gcp:compute:Subnetwork", "gcp-prod-nodes")
    assert nodes["privateIpGoogleAccess"] is True
    assert nodes["ipCidrRange"] == "10.30.0.0/17"
    assert nodes["logConfig"]["metadata"] == "INCLUDE_ALL_METADATA"


def test_the_way_out_is_nat_alone_and_says_when_it_fails() -> None:
    nat = prod().named("gcp:compute:RouterNat", "gcp-prod-nat")
    assert nat["logConfig"] == {"enable": True, "filter": "ERRORS_ONLY"}
    assert nat["subnetworks"][0]["name"] == "gcp-prod-nodes-id"


def test_what_may_come_in() -> None:
    rules = {
        one.name.removeprefix("gcp-prod-"): (
            tuple(one.properties.get("sourceRanges") or one.properties["sourceServiceAccounts"]),
            one.properties["targetServiceAccounts"][0].partition("@")[0],
            {allow["protocol"]: allow["ports"] for allow in one.properties["allows"]},
        )
        for one in prod().of("gcp:compute:Firewall")
        if "allows" in one.properties
    }
    server, client = (f"{SERVER}@test",), (f"{CLIENT}@test",)
    probes = ("35.191.0.0/16", "130.211.0.0/22")
    gossip = {"tcp": ["8301"], "udp": ["8301"]}
    assert rules == {
        "servers-servers": (server, SERVER, {"tcp": ["4647-4648", "8300-8301"], "udp": ["4648", "8301"]}),
        "clients-servers": (
            client,
            SERVER,
            {"tcp": ["4646-4647", "8300-8301", "8501", "9100"], "udp": ["8301"]},
        ),
        "servers-clients": (server, CLIENT, gossip),
        "clients-clients": (client, CLIENT, {"tcp": ["1024-65535"], "udp": ["8301"]}),
        "probes-servers": (
            (*probes, "209.85.152.0/22", "209.85.204.0/22"),
            SERVER,
            {"tcp": ["4646", "8501"]},
        ),
        "probes-clients": (probes, CLIENT, {"tcp": ["4646", "8443"]}),
        "sessions-servers": (("35.235.240.0/20",), SERVER, {"tcp": ["22"]}),
        "sessions-clients": (("35.235.240.0/20",), CLIENT, {"tcp": ["22"]}),
        "proxies-clients": (("10.30.128.0/23",), CLIENT, {"tcp": ["8443"]}),
        "operators-servers": (("198.51.100.0/24",), SERVER, {"tcp": ["4646", "8501"]}),
    }


def test_the_rest_is_refused_and_every_rule_is_logged() -> None:
    rules = [one.properties for one in prod().of("gcp:compute:Firewall")]
    assert all(rule["logConfig"] for rule in rules)
    last = max(rules, key=lambda rule: rule["priority"])
    assert last["denies"] == [{"protocol": "all"}]
    assert last["sourceRanges"] == ["0.0.0.0/0"]


def test_without_operators_nobody_reaches_the_servers_from_outside() -> None:
    spec = spec_with(network__operators=[])
    names = {rule.name for rule in plan_rules(spec, plan_addresses(spec.network.cidr))}
    assert "operators-servers" not in names
    assert planned(spec).named("gcp:compute:Address", "gcp-prod-operators")["addressType"] == "INTERNAL"


def test_operators_from_the_internet_get_an_address_there() -> None:
    plan = planned(spec_with(network__operators=["1.2.3.0/24"]))
    address = plan.named("gcp:compute:Address", "gcp-prod-operators")
    rule = plan.named("gcp:compute:ForwardingRule", "gcp-prod-operators")
    assert address["addressType"] == rule["loadBalancingScheme"] == "EXTERNAL"
    assert rule["ports"] == ["4646", "8501"]
