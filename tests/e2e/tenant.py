"""The tenant that these tests call as, made by the administration of the cluster's API."""

from __future__ import annotations

from functools import cache

import httpx

from sre_cli.specs.outputs import Outputs
from tests.engines import addresses, ask_nomad

NAME = "e2e"
LIMITS = {"rate_rps": 1000, "burst": 10_000, "quota_month": None}


def authorization(front: Outputs) -> dict[str, str]:
    """The header that every request needs."""
    token: str = ask_nomad(front, "/v1/var/nomad/jobs/api")["Items"]["admin_token"]
    return _authorization(token)


@cache
def _authorization(token: str) -> dict[str, str]:
    # Not through the ingress: the administration is inside the cluster alone.
    with httpx.Client(
        base_url=f"http://{addresses('api')[0]}/admin/v1", headers=_bearer(token), trust_env=False
    ) as operator:
        made = operator.post("/tenants", json={"name": NAME, **LIMITS})
        if made.status_code != httpx.codes.CONFLICT:  # a cluster that was kept has it
            made.raise_for_status()
        return _bearer(operator.post(f"/tenants/{NAME}/keys").raise_for_status().json()["key"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
