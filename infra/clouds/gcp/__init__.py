"""Google Cloud: the cluster as managed instance groups without public addresses, managed engines beside them.

Every file is one component. `cluster` puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.clouds.gcp.credentials import check_credentials, project_id
from infra.identity import Identity
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable

LONGEST_ENV = 20
"""Ids of service accounts have 30 characters, and need some for what they are."""
LONGEST_PREFIX = 37
"""Of templates' names, which end with letters of Pulumi's: `<env>-<pool>-`."""


class GoogleCloud:
    """`infra.cloud.Cloud` on Google Cloud."""

    def prepare(self, spec: ClusterSpec) -> None:
        """Raises SpecError or UsageError: when `up` could not succeed from here."""
        mistakes = _long_names(spec)
        if mistakes:
            raise SpecError("; ".join(mistakes), hint="Google Cloud limits names: choose shorter ones")
        project_id()
        check_credentials()

    def build(self, spec: ClusterSpec, prices: PriceTable, identity: Identity) -> Mapping[str, Any]:
        """Declare every resource."""
        from infra.clouds.gcp.cluster import declare

        return declare(spec, prices, identity, project_id())


def _long_names(spec: ClusterSpec) -> list[str]:
    if len(spec.env) > LONGEST_ENV:
        return [f"env: {spec.env!r} is longer than {LONGEST_ENV} characters"]
    longest = LONGEST_PREFIX - len(spec.env) - 2
    return [f"pools.{name}: longer than {longest} characters" for name in spec.pools if len(name) > longest]


CLOUD = GoogleCloud()
