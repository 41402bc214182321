"""Nobody speaks in plain text: listeners take TLS or pass it through, caches and databases insist on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, of_kind

PLAIN = (80, 8080)
MODERN = ("ELBSecurityPolicy-TLS13-1-2", "ELBSecurityPolicy-TLS13-1-3")
"""How the names begin of AWS's policies without TLS 1.0 and 1.1; its default takes both."""
PASSED_THROUGH = {"443", "4646", "8443", "8501"}
"""Ports behind which the nodes themselves speak TLS: the ingress, Nomad, Consul."""
GCP_TLS_ONLY = ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Whatever would take plain text."""
    yield from _aws(plan)
    yield from _gcp(plan)


def _aws(plan: Sequence[Resource]) -> Iterator[Finding]:
    for listener in of_kind(plan, "aws:lb:Listener", "aws:alb:Listener"):
        if not (_is_tls(listener) or _is_redirect(listener)):
            yield (
                listener,
                "must be HTTPS or TLS with a TLS13 sslPolicy, pass TLS through, or redirect to HTTPS",
            )
    for cache in of_kind(plan, "aws:elasticache:ReplicationGroup"):
        if cache.properties.get("transitEncryptionEnabled") is not True:
            yield cache, "transitEncryptionEnabled must be on"
    for group in of_kind(plan, "aws:rds:ParameterGroup", "aws:rds:ClusterParameterGroup"):
        values = {one.get("name"): str(one.get("value")) for one in group.parts("parameters")}
        if "postgres" in str(group.properties.get("family")) and values.get("rds.force_ssl") != "1":
            yield group, "parameters: rds.force_ssl must be 1"


def _gcp(plan: Sequence[Resource]) -> Iterator[Finding]:
    for database in of_kind(plan, "gcp:sql:DatabaseInstance"):
        ways = database.parts("settings", "ipConfiguration")
        if not any(way.get("sslMode") in GCP_TLS_ONLY for way in ways):
            yield database, f"settings.ipConfiguration.sslMode must be one of {', '.join(GCP_TLS_ONLY)}"
    for cache in of_kind(plan, "gcp:redis:Instance"):
        if cache.properties.get("transitEncryptionMode") != "SERVER_AUTHENTICATION":
            yield cache, "transitEncryptionMode must be SERVER_AUTHENTICATION"
    for rule in of_kind(plan, "gcp:compute:ForwardingRule", "gcp:compute:GlobalForwardingRule"):
        ports = [str(rule.properties.get("portRange", "")), *map(str, rule.properties.get("ports") or [])]
        if any(_holds(spread, port) for spread in ports for port in PLAIN):
            yield rule, "must not listen for plain HTTP"


def _holds(spread: str, port: int) -> bool:
    first, _, last = spread.partition("-")
    return first.isdigit() and int(first) <= port <= int(last or first)


def _is_tls(listener: Resource) -> bool:
    protocol, port = listener.properties.get("protocol"), listener.properties.get("port")
    if protocol in ("HTTPS", "TLS"):
        return str(listener.properties.get("sslPolicy")).startswith(MODERN)
    return protocol == "TCP" and str(port).removesuffix(".0") in PASSED_THROUGH


def _is_redirect(listener: Resource) -> bool:
    targets = listener.parts("defaultActions", "redirect")
    return bool(targets) and all(target.get("protocol") == "HTTPS" for target in targets)
