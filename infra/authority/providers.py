"""What Pulumi calls to make and renew identities. Imported by name, so that the state holds only a reference.

`generation` is every resource's own counter: a higher one makes its secret anew.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from abc import ABC, abstractmethod
from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider, UpdateResult

from infra.authority.x509 import Pair, days_left, make_authority, sign

Props = dict[str, Any]
GENERATION = "generation"


class _Made(ResourceProvider, ABC):
    """Made from its inputs, and anew when one of them changes."""

    serialize_as_secret_always = False
    inputs: tuple[str, ...] = ()

    @abstractmethod
    def make(self, props: Props) -> Props:
        """What the inputs come to."""

    def create(self, props: Props) -> CreateResult:
        """Make it."""
        return CreateResult(uuid.uuid4().hex, self._outs(props))

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Changed where an input is, its generation is higher, or it must be renewed."""
        changed = any(olds.get(key) != news.get(key) for key in self.inputs if key != GENERATION)
        # Not a lower one: who did not turn the counter does not turn it back.
        turned = news[GENERATION] > olds[GENERATION]
        return DiffResult(changes=changed or turned or self.is_due(olds))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Make it anew."""
        return UpdateResult(self._outs(news | {GENERATION: max(olds[GENERATION], news[GENERATION])}))

    def is_due(self, olds: Props) -> bool:
        """Whether time alone asks for a new one."""
        return False

    def _outs(self, props: Props) -> Props:
        return {key: props[key] for key in self.inputs} | self.make(props)


class AuthorityProvider(_Made):
    """`common_name` -> `cert_pem`, `key_pem`."""

    inputs = ("common_name", "generation")

    def make(self, props: Props) -> Props:
        """A new authority."""
        return _pair_outs(make_authority(props["common_name"]))


class CertificateProvider(_Made):
    """`names`, the authority and the days -> `cert_pem`, `key_pem`; due `renew_days` before its end."""

    inputs = ("names", "authority_cert_pem", "authority_key_pem", "days", "renew_days", "generation")

    def make(self, props: Props) -> Props:
        """A new certificate."""
        authority = Pair(props["authority_cert_pem"], props["authority_key_pem"])
        return _pair_outs(sign(authority, props["names"], int(props["days"])))

    def is_due(self, olds: Props) -> bool:
        """Whether its end is near."""
        return days_left(olds["cert_pem"]) < float(olds["renew_days"])


class RandomProvider(_Made):
    """`kind` -> `value`."""

    inputs = ("kind", "generation")

    def make(self, props: Props) -> Props:
        """A new value."""
        return {"value": KINDS[props["kind"]]()}


KINDS = {
    "uuid": lambda: str(uuid.uuid4()),
    "gossip": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    # Managed engines take no sign that a URL would have to escape.
    "password": lambda: secrets.token_hex(20),
}
"""Tokens of Nomad and Consul, their gossip keys, passwords of managed engines."""


def _pair_outs(pair: Pair) -> Props:
    return {"cert_pem": pair.cert_pem, "key_pem": pair.key_pem}
