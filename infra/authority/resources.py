"""Identities as resources of a Pulumi program."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi.dynamic import Resource

from infra.authority.providers import AuthorityProvider, CertificateProvider, RandomProvider

CERTIFICATE_DAYS = 365
RENEW_DAYS = 30
"""The first `up` in a certificate's last month renews it."""


class Authority(Resource, module="authority", name="Authority"):
    """Signs the cluster's certificates."""

    cert_pem: pulumi.Output[str]
    key_pem: pulumi.Output[str]

    def __init__(self, name: str, generation: int = 0, opts: pulumi.ResourceOptions | None = None):
        inputs = {"common_name": name, "generation": generation, "cert_pem": None, "key_pem": None}
        super().__init__(AuthorityProvider(), name, inputs, _secret(opts, "key_pem"))


class Certificate(Resource, module="authority", name="Certificate"):
    """Shows who its holder is to servers and clients."""

    cert_pem: pulumi.Output[str]
    key_pem: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        authority: Authority,
        hosts: Sequence[str],
        generation: int = 0,
        opts: pulumi.ResourceOptions | None = None,
    ):
        inputs = {
            "names": list(hosts),
            "authority_cert_pem": authority.cert_pem,
            "authority_key_pem": authority.key_pem,
            "days": CERTIFICATE_DAYS,
            "renew_days": RENEW_DAYS,
            "generation": generation,
            "cert_pem": None,
            "key_pem": None,
        }
        super().__init__(CertificateProvider(), name, inputs, _secret(opts, "key_pem"))


class Random(Resource, module="authority", name="Random"):
    """A token, a key or a password."""

    value: pulumi.Output[str]

    def __init__(self, name: str, kind: str, generation: int = 0, opts: pulumi.ResourceOptions | None = None):
        inputs = {"kind": kind, "generation": generation, "value": None}
        super().__init__(RandomProvider(), name, inputs, _secret(opts, "value"))


def _secret(opts: pulumi.ResourceOptions | None, output: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=[output]))
