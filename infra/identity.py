"""The secrets of a cluster, made once by the stack and kept in its encrypted state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from infra.authority.resources import Authority, Certificate, Random
from sre_cli.specs.cluster import ClusterSpec

LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class CertificatePair:
    """A certificate and its private key, PEM."""

    cert_pem: pulumi.Output[str]
    key_pem: pulumi.Output[str]


@dataclass(frozen=True)
class Identity:
    """Every field is a Pulumi secret, but for `ca_pem` and the certificates themselves.

    A bundle is the JSON object that a node of that role reads at boot, and nothing else of the cluster's
    secrets: `ca_pem`, `cert_pem`, `key_pem` (the role's certificate), `consul_gossip_key`,
    `consul_agent_token`, `consul_nomad_token`; a server's holds besides `nomad_gossip_key`,
    `consul_management_token` and `nomad_management_token`.
    """

    ca_pem: pulumi.Output[str]
    server_bundle: pulumi.Output[str]
    client_bundle: pulumi.Output[str]
    nomad_token: pulumi.Output[str]
    """Nomad's management token; servers bootstrap Nomad's ACLs with it."""
    consul_token: pulumi.Output[str]
    """Consul's management token, its servers' `initial_management`."""
    passwords: dict[str, pulumi.Output[str]]
    """Of managed engines, by name: `postgres`, `redis`."""
    certificates: dict[str, CertificatePair] = field(default_factory=dict)
    """Of what is neither server nor client: `registry`, `ingress`."""


@dataclass(frozen=True)
class Generations:
    """Counters of what can be rotated; a higher one makes it anew."""

    certificates: int = 0


def make_identity(spec: ClusterSpec, generations: Generations | None = None) -> Identity:
    """Declare the cluster's secrets as resources of the stack."""
    turn = generations or Generations()
    parent = pulumi.ComponentResource("sre:identity:Identity", spec.env)
    opts = pulumi.ResourceOptions(parent=parent)
    authority = Authority(f"{spec.env}-ca", opts=opts)
    certificates = {
        name: Certificate(f"{spec.env}-{name}", authority, hosts, turn.certificates, opts)
        for name, hosts in certificate_hosts(spec).items()
    }
    values = {
        name: Random(f"{spec.env}-{name.replace('_', '-')}", kind, opts=opts)
        for name, kind in _values(spec).items()
    }
    parent.register_outputs({})
    return _assemble(authority, certificates, {name: random.value for name, random in values.items()})


def certificate_hosts(spec: ClusterSpec) -> dict[str, list[str]]:
    """The names and addresses that each certificate is good for."""
    domain, env = spec.dns.domain, spec.env
    return {
        "server": [
            "server.global.nomad",
            f"server.{env}.consul",
            f"nomad.{domain}",
            f"consul.{domain}",
            *LOOPBACK,
        ],
        "client": ["client.global.nomad", f"client.{env}.consul", *LOOPBACK],
        "registry": [f"registry.{domain}", *LOOPBACK],
        "ingress": [domain, f"*.{domain}", *LOOPBACK],
    }


def _values(spec: ClusterSpec) -> dict[str, str]:
    tokens = ["consul_agent_token", "consul_nomad_token", "consul_management_token", "nomad_management_token"]
    managed = {"postgres": spec.data.postgres, "redis": spec.data.redis}
    return {
        "consul_gossip_key": "gossip",
        "nomad_gossip_key": "gossip",
        **dict.fromkeys(tokens, "uuid"),
        **{f"{name}_password": "password" for name, engine in managed.items() if engine.runs_on == "cloud"},
    }


def _assemble(
    authority: Authority, certificates: Mapping[str, Certificate], values: Mapping[str, pulumi.Output[str]]
) -> Identity:
    pairs = {name: CertificatePair(one.cert_pem, one.key_pem) for name, one in certificates.items()}
    client = {key: values[key] for key in ("consul_gossip_key", "consul_agent_token", "consul_nomad_token")}
    server_only = ("nomad_gossip_key", "consul_management_token", "nomad_management_token")
    server = client | {key: values[key] for key in server_only}
    suffix = "_password"
    return Identity(
        ca_pem=authority.cert_pem,
        server_bundle=_bundle(authority, pairs["server"], server),
        client_bundle=_bundle(authority, pairs["client"], client),
        nomad_token=values["nomad_management_token"],
        consul_token=values["consul_management_token"],
        passwords={
            name.removesuffix(suffix): value for name, value in values.items() if name.endswith(suffix)
        },
        certificates={name: pairs[name] for name in ("registry", "ingress")},
    )


def _bundle(
    authority: Authority, pair: CertificatePair, values: Mapping[str, pulumi.Output[str]]
) -> pulumi.Output[str]:
    parts = {"ca_pem": authority.cert_pem, "cert_pem": pair.cert_pem, "key_pem": pair.key_pem, **values}
    return pulumi.Output.secret(
        pulumi.Output.all(**parts).apply(lambda known: json.dumps(known, sort_keys=True))
    )
