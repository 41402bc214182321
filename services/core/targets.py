"""Where webhooks may go: a tenant chooses the address, so it must not be one of ours.

The URL is judged when it is registered, and every address that its host resolves to at each delivery: what
a name means may change in between.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from services.core.webhook_errors import WebhookUrlRefused

MOST_CHARACTERS = 1024

_METADATA = {"fd00:ec2::254"}
"""The clouds' others are link-local, or shared (100.64.0.0/10), which nothing allows."""
_TUNNELS = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 that stands for an IPv4 address: another way to a private one."""


def check_url(url: str, *, private: bool) -> None:
    """Raises WebhookUrlRefused: nothing may be sent there. `private`: loopback and private are allowed."""
    parts = _split(url)
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise WebhookUrlRefused("The URL must be https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookUrlRefused("The URL needs a host, and no user, password or fragment")
    if _is_address(parts.hostname) and not may_reach(parts.hostname, parts.scheme, private=private):
        raise WebhookUrlRefused("The address is not a public one")


def may_reach(address: str, scheme: str, *, private: bool) -> bool:
    """Whether a webhook may be sent to an address: public ones by https, private ones where allowed."""
    ip = _plain(ip_address(address))
    if any(ip in tunnel for tunnel in _TUNNELS if ip.version == tunnel.version):
        return False
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) in _METADATA:
        return False
    if ip.is_global:
        return scheme == "https"
    return private and (ip.is_loopback or (ip.is_private and not ip.is_reserved))


def _split(url: str) -> SplitResult:
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookUrlRefused(f"The URL must be at most {MOST_CHARACTERS} ASCII characters, without spaces")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises where it is none
    except ValueError:
        raise WebhookUrlRefused from None
    return parts


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip
