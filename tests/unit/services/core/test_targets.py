"""Where webhooks may go."""

from __future__ import annotations

import pytest

from services.core.targets import check_url, may_reach
from services.core.webhook_errors import WebhookUrlRefused

NEVER = [
    "169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::",
    "::ffff:169.254.1.1", "2001:0:7f00:1::", "fe80::1%1",
]  # fmt: skip
PRIVATE = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fc00::1", "::ffff:10.0.0.1"]
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("private", [False, True])
def test_some_addresses_are_never_reached(address: str, scheme: str, private: bool) -> None:
    assert not may_reach(address, scheme, private=private)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_only_where_it_is_allowed(address: str) -> None:
    for scheme in ("http", "https"):
        assert may_reach(address, scheme, private=True)
        assert not may_reach(address, scheme, private=False)


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("private", [False, True])
def test_public_ones_by_https_alone(address: str, private: bool) -> None:
    assert may_reach(address, "https", private=private)
    assert not may_reach(address, "http", private=private)


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com:8443/a?b=c", "https://8.8.8.8/"])
def test_a_url_that_may_be_registered(url: str) -> None:
    check_url(url, private=False)


@pytest.mark.parametrize("url", ["http://localhost:1/", "http://10.0.0.1/", "https://127.0.0.1/"])
def test_one_that_may_be_where_private_ones_are_allowed(url: str) -> None:
    check_url(url, private=True)
    with pytest.raises(WebhookUrlRefused):
        check_url(url, private=False)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "ftp://example.com", "https://", "https:///x", "https://u:p@example.com", "https://u@h/",
        "https://example.com/#x", "https://exämple.com", "https://example.com/a b", "https://h:99999/",
        "https://h:x/", "https://[::1", "https://h/" + "a" * 1024, "https://169.254.169.254/latest",
        "https://h/\nx", "https://[::ffff:a9fe:a9fe]/",
    ],
)  # fmt: skip
def test_what_is_refused_always(url: str) -> None:
    for private in (False, True):
        with pytest.raises(WebhookUrlRefused):
            check_url(url, private=private)
