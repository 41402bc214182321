"""Certificates in PEM: an authority, and what it signs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SKEW = timedelta(hours=1)
"""A node whose clock is behind takes a certificate as well."""


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, PEM."""

    cert_pem: str
    key_pem: str


def make_authority(name: str, now: datetime | None = None) -> Pair:
    """An authority that signs itself, good for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), AUTHORITY_DAYS, now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(is_authority=True), critical=True)
    return _pair(builder.sign(key, hashes.SHA256()), key)


def sign(authority: Pair, names: Iterable[str], days: int, now: datetime | None = None) -> Pair:
    """A certificate for servers and clients of these host names and addresses; the first is its subject's."""
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.encode())
    issuer_key = serialization.load_pem_private_key(authority.key_pem.encode(), None)
    key, hosts = ec.generate_private_key(ec.SECP256R1()), list(names)
    builder = _builder(_name(hosts[0]), issuer.subject, key.public_key(), days, now)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    for extension, is_critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(is_authority=False), True),
        (x509.ExtendedKeyUsage(usages), False),
        (x509.SubjectAlternativeName([_alternative(host) for host in hosts]), False),
        (_issuer_id(issuer), False),
    ):
        builder = builder.add_extension(extension, is_critical)
    return _pair(builder.sign(_elliptic(issuer_key), hashes.SHA256()), key)


def days_left(cert_pem: str, now: datetime | None = None) -> float:
    """How long the certificate is still good."""
    until = x509.load_pem_x509_certificate(cert_pem.encode()).not_valid_after_utc
    return (until - (now or datetime.now(UTC))) / timedelta(days=1)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    days: int,
    now: datetime | None,
) -> x509.CertificateBuilder:
    start = now or datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - SKEW)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(certificate.public_bytes(pem).decode(), secret.decode())


def _elliptic(key: object) -> ec.EllipticCurvePrivateKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the authority's key is {type(key).__name__}, not elliptic")
    return key


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
