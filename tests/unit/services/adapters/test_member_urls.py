"""The broker's URL may name several members of its cluster."""

from __future__ import annotations

import pytest

from services.adapters.rabbitmq.broker import member_urls


def test_each_host_becomes_a_url_of_its_own() -> None:
    assert [str(url) for url in member_urls("amqp://u:p@a:1,b:2,c:3/v")] == [
        "amqp://u:p@a:1/v",
        "amqp://u:p@b:2/v",
        "amqp://u:p@c:3/v",
    ]
    assert [str(url) for url in member_urls("amqp://a")] == ["amqp://a/"]


@pytest.mark.parametrize("url", ["", "http://a/", "amqp:///v", "amqp://u:p@/", "amqp://u:p@a:1,,b:2/"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be amqp://"):
        member_urls(url)
