"""PriceTable: what a cloud's machines are and cost, in `infra/clouds/<cloud>.shapes.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sre_cli.specs.base import Part, Spec
from sre_cli.specs.cluster import CloudName, Zone
from sre_cli.specs.job import KebabId


class Gpus(Part):
    """The GPUs of a machine."""

    model: str
    count: int = Field(ge=1, le=16)
    memory_mib: int = Field(ge=1024)
    """Of one GPU."""
    accelerator: str | None = None
    """Where the cloud attaches them to the machine by a name of their own."""


class Shape(Part):
    """A machine type under the name that specs use for it on every cloud."""

    type: str
    """The cloud's name."""
    vcpus: float = Field(gt=0)
    memory_mib: int = Field(ge=256)
    gpus: Gpus | None = None
    usd_h: float = Field(ge=0)
    spot_usd_h: float | None = Field(default=None, ge=0)
    """Of a machine that may be taken back; absent: not offered, or not known."""
    zones: list[Zone] = Field(default_factory=list)
    """The zones that have it, where not all do."""


class ManagedShape(Part):
    """A size of a managed engine; the price is of the whole multi-zone service."""

    type: str
    memory_mib: int = Field(ge=256)
    usd_h: float = Field(ge=0)


class UnitPrices(Part):
    """What is billed by use rather than by the machine."""

    disk_gib_month: float = Field(ge=0)
    database_gib_month: float = Field(ge=0)
    bucket_gib_month: float = Field(ge=0)
    nat_gateway_h: float = Field(ge=0)
    nat_gateways: Literal["zone", "region"] = "zone"
    """One for each zone, or one for all of them."""
    load_balancer_h: float = Field(ge=0)
    private_endpoint_h: float = Field(default=0, ge=0)
    """Of a private way to one of the cloud's own services, in one zone."""
    private_endpoints: int = Field(default=0, ge=0)
    """How many services have one in every zone."""


class PriceTable(Spec):
    """Prices of one region of one cloud, and where and when they were read."""

    cloud: CloudName
    region: Zone
    zones: list[Zone] = Field(default_factory=list)
    """Of the region; empty: zones are named as one likes."""
    source: str = Field(min_length=8)
    read_on: date
    shapes: dict[KebabId, Shape]
    databases: dict[KebabId, ManagedShape] = Field(default_factory=dict)
    caches: dict[KebabId, ManagedShape] = Field(default_factory=dict)
    units: UnitPrices
