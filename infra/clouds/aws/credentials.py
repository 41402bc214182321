"""Whether this machine may speak to AWS, asked before Pulumi starts, whose complaint comes late."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import httpx

from sre_cli.errors import EngineUnavailable, UsageError

VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
FILES = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"}
INSTANCE_METADATA = "http://169.254.169.254/latest/api/token"
TIMEOUT_S = 5.0


def check_credentials() -> None:
    """Raises UsageError: when no place that AWS's tools look at holds credentials."""
    if any(os.environ.get(name) for name in VARIABLES) or any(map(_is_there, FILES)) or _is_on_ec2():
        return
    raise UsageError(
        "no credentials for AWS: neither in the environment nor in ~/.aws, and this is no EC2 instance",
        hint="aws configure sso, then export AWS_PROFILE=<profile>",
    )


def check_region(region: str) -> None:
    """Raises EngineUnavailable: when EC2 of `region` does not answer."""
    url = f"https://ec2.{region}.amazonaws.com/"
    try:
        httpx.head(url, timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        raise EngineUnavailable(
            f"region {region!r} cannot be reached: {url}: {error}",
            hint="look at `region` in the spec, at the network, and at HTTPS_PROXY",
        ) from None


def _is_there(variable: str) -> bool:
    path = os.environ.get(variable) or Path.home() / ".aws" / FILES[variable]
    return Path(path).is_file()


def _is_on_ec2() -> bool:
    with suppress(httpx.HTTPError):
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        with httpx.Client(timeout=1.0, trust_env=False) as client:
            return client.put(INSTANCE_METADATA, headers=headers).is_success
    return False
