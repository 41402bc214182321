"""When an identity is left alone, and when it is made anew."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from infra.authority.providers import AuthorityProvider, CertificateProvider, RandomProvider

AUTHORITY = {"common_name": "prod-ca", "generation": 0}
RANDOM = {"kind": "uuid", "generation": 0}


def certificate(**changes: Any) -> dict[str, Any]:
    authority = AuthorityProvider().create(AUTHORITY).outs or {}
    return {
        "names": ["localhost"],
        "authority_cert_pem": authority["cert_pem"],
        "authority_key_pem": authority["key_pem"],
        "days": 365,
        "renew_days": 30,
        "generation": 0,
    } | changes


def outs(provider: ResourceProvider, props: dict[str, Any]) -> dict[str, Any]:
    return dict(provider.create(props).outs or {})


@pytest.mark.parametrize(
    ("provider", "props"),
    [(AuthorityProvider(), AUTHORITY), (CertificateProvider(), certificate()), (RandomProvider(), RANDOM)],
)
def test_the_same_inputs_change_nothing_and_a_higher_generation_all(
    provider: ResourceProvider, props: dict[str, Any]
) -> None:
    made = outs(provider, props)
    assert not provider.diff("id", made, props).changes
    turned = props | {"generation": 1}
    assert provider.diff("id", made, turned).changes
    renewed = provider.update("id", made, turned).outs or {}
    assert {key for key in made if made[key] != renewed[key]} >= {"generation"}
    assert renewed != made | {"generation": 1}
    # Who does not turn the counter does not turn it back.
    assert not provider.diff("id", renewed, props).changes


def test_a_certificate_is_renewed_in_its_last_month_and_for_other_names() -> None:
    provider = CertificateProvider()
    due = certificate(days=29)
    assert provider.diff("id", outs(provider, due), due).changes
    props = certificate()
    assert provider.diff("id", outs(provider, props), props | {"names": ["elsewhere"]}).changes


def test_a_new_authority_signs_every_certificate_anew() -> None:
    provider, props = CertificateProvider(), certificate()
    other = certificate()
    assert other["authority_cert_pem"] != props["authority_cert_pem"]
    keys = ("authority_cert_pem", "authority_key_pem")
    assert provider.diff("id", outs(provider, props), props | {key: other[key] for key in keys}).changes


def test_values_are_what_the_engines_take() -> None:
    made = {
        kind: outs(RandomProvider(), {"kind": kind, "generation": 0})["value"]
        for kind in ("uuid", "gossip", "password")
    }
    assert uuid.UUID(made["uuid"]).version == 4
    assert len(base64.b64decode(made["gossip"])) == 32
    assert made["password"].isalnum()
    assert len(made["password"]) == 40


def test_who_did_not_turn_the_counter_does_not_turn_it_back() -> None:
    turned = outs(RandomProvider(), RANDOM | {"generation": 2})
    assert not RandomProvider().diff("id", turned, RANDOM).changes
    other_kind = RandomProvider().update("id", turned, RANDOM | {"kind": "gossip"}).outs or {}
    assert other_kind["generation"] == 2
