"""Certificates in real TLS handshakes, without a socket."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from infra.authority.x509 import Pair, days_left, make_authority, sign

NAMES = ["server.global.nomad", "localhost", "127.0.0.1"]


def context(folder: Path, pair: Pair, authority: Pair, *, is_server: bool) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_text(pair.cert_pem)
    key.write_text(pair.key_pem)
    made.load_cert_chain(cert, key)
    made.load_verify_locations(cadata=authority.cert_pem)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """A handshake in which both sides show and check certificates. Raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = server.wrap_bio(to_server, to_client, server_side=True)
    other = client.wrap_bio(to_client, to_server, server_hostname=name)
    waiting = [other, one]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)


@pytest.mark.parametrize("name", NAMES)
def test_nodes_trust_each_other_by_each_of_their_names(tmp_path: Path, name: str) -> None:
    authority = make_authority("prod-ca")
    server, client = sign(authority, NAMES, 365), sign(authority, ["client.global.nomad"], 365)
    shake(
        context(tmp_path, server, authority, is_server=True),
        context(tmp_path, client, authority, is_server=False),
        name,
    )


def test_another_name_is_refused(tmp_path: Path) -> None:
    authority = make_authority("prod-ca")
    pair = sign(authority, NAMES, 365)
    sides = [context(tmp_path, pair, authority, is_server=is_server) for is_server in (True, False)]
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(sides[0], sides[1], "server.global.elsewhere")


def test_another_authority_is_refused_although_it_bears_the_same_name(tmp_path: Path) -> None:
    authority, forged = make_authority("prod-ca"), make_authority("prod-ca")
    server, client = sign(authority, NAMES, 365), sign(forged, NAMES, 365)
    with pytest.raises(ssl.SSLError):
        shake(
            context(tmp_path, server, authority, is_server=True),
            context(tmp_path, client, authority, is_server=False),
            "localhost",
        )


def test_a_certificate_signs_no_other(tmp_path: Path) -> None:
    authority = make_authority("prod-ca")
    leaf = sign(authority, NAMES, 365)
    below = sign(leaf, NAMES, 365)
    chained = Pair(below.cert_pem + leaf.cert_pem, below.key_pem)
    server = context(tmp_path, chained, authority, is_server=True)
    client = context(tmp_path, leaf, authority, is_server=False)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(server, client, "localhost")


def test_an_authority_lasts_ten_years_and_a_certificate_as_long_as_is_said() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    authority = make_authority("prod-ca", now)
    assert days_left(authority.cert_pem, now) == 3650
    assert days_left(sign(authority, NAMES, 365, now).cert_pem, now + timedelta(days=300)) == 65


def test_serial_numbers_differ() -> None:
    authority = make_authority("prod-ca")
    found = {
        x509.load_pem_x509_certificate(sign(authority, NAMES, 1).cert_pem.encode()).serial_number
        for _ in range(3)
    }
    assert len(found) == 3
