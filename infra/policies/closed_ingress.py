"""From the whole internet only port 443 is open, the load balancer's; nodes have no address to try it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from infra.policy import Finding, Resource, of_kind

WIDEST = 8
"""A shorter prefix is no network of anybody's: two halves of the internet are all of it."""
EVERY_PROTOCOL = {"-1", "all"}
"""To AWS a rule of these has no ports, whatever it says."""
AWS_SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
MESSAGE = "open to the internet on more than port 443"


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Firewall rules that let everybody in elsewhere."""
    for group in of_kind(plan, "aws:ec2:SecurityGroup", "aws:ec2:DefaultSecurityGroup"):
        if any(_is_open(rule) for rule in group.parts("ingress")):
            yield group, MESSAGE
    for rule in of_kind(plan, "aws:ec2:SecurityGroupRule", "aws:vpc:SecurityGroupIngressRule"):
        if rule.properties.get("type", "ingress") == "ingress" and _is_open(rule.properties):
            yield rule, MESSAGE
    for firewall in of_kind(plan, "gcp:compute:Firewall"):
        if _is_open_firewall(firewall):
            yield firewall, MESSAGE


def _is_open(rule: Mapping[str, Any]) -> bool:
    sources = {source for key in AWS_SOURCES for source in _listed(rule.get(key))}
    ports = {str(rule.get("fromPort")), str(rule.get("toPort"))}
    protocols = {str(rule.get(key)) for key in ("protocol", "ipProtocol")}
    return any(map(_is_world, sources)) and (ports != {"443"} or bool(protocols & EVERY_PROTOCOL))


def _is_open_firewall(firewall: Resource) -> bool:
    rule = firewall.properties
    if rule.get("direction", "INGRESS") != "INGRESS" or not rule.get("allows"):
        return False
    # Google reads a rule without any source as one for everybody.
    named = rule.get("sourceTags") or rule.get("sourceServiceAccounts")
    everybody = not named and not rule.get("sourceRanges")
    ports = [allow.get("ports") for allow in firewall.parts("allows")]
    reaches_world = everybody or any(map(_is_world, _listed(rule.get("sourceRanges"))))
    return reaches_world and any(port != ["443"] for port in ports)


def _is_world(source: object) -> bool:
    try:
        return ip_network(str(source), strict=False).prefixlen < WIDEST
    except ValueError:
        return False  # unknown until it is made


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
