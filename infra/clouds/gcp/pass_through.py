"""The API's load balancer where Google can make no certificate: TLS goes through to the ingress, unread."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.api_entrance import GLOBAL, ApiEntrance
from infra.clouds.gcp.place import Place


class PassThrough(ApiEntrance):
    """A TCP proxy on port 443, in front of the nodes' 8443."""

    def __init__(
        self,
        place: Place,
        groups: Sequence[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("PassThrough", place, GLOBAL, opts)
        backend = self._backend(groups, protocol="TCP")
        proxy = gcp.compute.TargetTCPProxy(
            place.name("api"), **self._common, backend_service=backend, opts=self.child()
        )
        self._listen(proxy.id)
        self.register_outputs({"address": self.address})
