"""The API's load balancer with a certificate of Google's, in the region: images are read nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.api_entrance import REGIONAL, ApiEntrance
from infra.clouds.gcp.place import Place

ANSWER_S = 60


class HttpsEntrance(ApiEntrance):
    """A regional application load balancer; it speaks TLS to callers and to the ingress.

    It does not listen for plain HTTP, not even to redirect: a caller would have sent its images readable to
    everybody before it learns of that.
    """

    def __init__(
        self,
        place: Place,
        network_id: pulumi.Output[str],
        certificate_id: pulumi.Output[str],
        groups: Sequence[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("HttpsEntrance", place, REGIONAL, opts)
        backend = self._backend(
            groups, protocol="HTTPS", timeout_sec=ANSWER_S, connection_draining_timeout_sec=ANSWER_S
        )
        self._listen(self._proxy(certificate_id, backend), network=network_id)
        self.register_outputs({"address": self.address})

    def _proxy(self, certificate_id: pulumi.Output[str], backend: pulumi.Output[str]) -> pulumi.Output[str]:
        name = self.place.name("api")
        urls = gcp.compute.RegionUrlMap(name, **self._common, default_service=backend, opts=self.child())
        tls = gcp.compute.RegionSslPolicy(
            name, **self._common, profile="MODERN", min_tls_version="TLS_1_2", opts=self.child()
        )
        proxy = gcp.compute.RegionTargetHttpsProxy(
            name,
            **self._common,
            url_map=urls.id,
            certificate_manager_certificates=[certificate_id],
            ssl_policy=tls.id,
            opts=self.child(),
        )
        proxy_id: pulumi.Output[str] = proxy.id
        return proxy_id
