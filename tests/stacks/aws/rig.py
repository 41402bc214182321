"""The real Pulumi engine on an emulated AWS account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from infra.cloud import Cloud
from infra.clouds.aws.cluster import declare as declare_aws
from infra.cluster import declare
from infra.identity import Identity
from infra.prices import load_prices
from infra.stack.driver import Driver
from infra.stack.workshop import Workshop
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable
from tests.stacks.aws.interruption import LosingBackend
from tests.stacks.provider import EmulatedProvider, attached, serve

SPEC = ClusterSpec.load(Path(__file__).parents[3] / "stacks" / "clusters" / "aws-prod.yaml")
IMAGES = ["ingress", "services"]
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated",
    "AWS_DEFAULT_REGION": "ap-south-1",
    # Debian's image, as its account publishes it.
    "MOTO_AMIS_PATH": str(Path(__file__).with_name("images.json")),
}


class _Aws:
    """The cloud of the product, but for the questions to this machine and the list of images."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Nothing is needed."""

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """The product's own declaration."""
        return declare_aws(spec, prices, identity, IMAGES)


class Rig:
    """One environment on the emulator; every operation is the product's driver."""

    def __init__(self, folder: Path, provider: EmulatedProvider, backend: LosingBackend):
        self.provider = provider
        self.backend = backend
        self._workshop = Workshop(folder, f"file://{folder}", is_online=False)

    def driver(self, spec: ClusterSpec) -> Driver:
        """Pulumi on `spec`."""
        cloud: Cloud = _Aws()
        return Driver(spec.env, self._workshop, lambda: declare(spec, load_prices("aws"), cloud))

    def client(self, service: str) -> Any:
        """AWS as an operator sees it."""
        return boto3.client(service, region_name="ap-south-1")


def variation(**changes: Any) -> ClusterSpec:
    """aws-prod with other values."""
    return ClusterSpec.model_validate(SPEC.model_dump() | changes)


@contextmanager
def emulated_account(folder: Path) -> Iterator[Rig]:
    """An account with nothing in it but a hosted zone."""
    backend = LosingBackend("ap-south-1", folder / ".pulumi" / "stacks" / "sre" / f"{SPEC.env}.json")
    provider = EmulatedProvider(backend, "pulumi-aws")
    with patch.dict(os.environ, CREDENTIALS), mock_aws(), serve(provider) as port:
        route53 = boto3.client("route53")
        route53.create_hosted_zone(Name="example.com", CallerReference="1")
        with patch.dict(os.environ, attached({"aws": port})):
            yield Rig(folder, provider, backend)
