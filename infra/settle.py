"""After the resources: wait until the cluster is healthy, and give its jobs their secrets."""

from __future__ import annotations

import os
from pathlib import Path

from infra.cluster_api import Access, ClusterApi
from infra.health import missing
from infra.node.variables import HOLDERS, Items, plan_variables
from infra.progress import step
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs, StackExports
from sre_cli.specs.paths import state_dir

DEADLINE_S = {"local": 240}
CLOUD_DEADLINE_S = 1200
"""A cloud's machine installs its drivers when it boots."""
WHERE = "journalctl -u cloud-final -u consul -u nomad on the node that is missing"


def keep_outputs(spec: ClusterSpec, exports: StackExports) -> Outputs:
    """Write the outputs, and beside them what only the owner may read: the tokens, the authority."""
    folder = state_dir(spec.env)
    files = {
        "nomad-token": exports.nomad_token,
        "consul-token": exports.consul_token,
        "ca.pem": exports.ca_pem,
    }
    for name, text in files.items():
        _write_private(folder / name, text)
    own = exports.model_dump(include=set(Outputs.model_fields) & set(StackExports.model_fields))
    outputs = Outputs(
        env=spec.env,
        cloud=spec.cloud,
        nomad_token_file=folder / "nomad-token",
        consul_token_file=folder / "consul-token",
        ca_file=folder / "ca.pem",
        zones=spec.zones,
        port_offset=spec.port_offset,
        **own,
    )
    outputs.save()
    return outputs


def settle(spec: ClusterSpec, exports: StackExports, api: ClusterApi | None = None) -> None:
    """Wait until every server and node is healthy, then store what jobs read; twice changes nothing.

    Raises EngineUnavailable: naming what is missing, when that takes too long.
    """
    api = api or ClusterApi(
        Access(
            exports.nomad_url,
            exports.consul_url,
            exports.ca_pem,
            exports.nomad_token,
            exports.consul_token,
        )
    )
    _wait(spec, exports, api)
    _store_variables(spec, exports, api)


def given_items(spec: ClusterSpec, exports: StackExports) -> dict[str, Items]:
    """What the stack decides of each job's Nomad variable."""
    data, objects = spec.data, spec.objects
    given: dict[str, Items] = {
        "ingress": {"cert_pem": exports.ingress_cert_pem, "key_pem": exports.ingress_key_pem},
        "prometheus": {"ca_pem": exports.ca_pem},
    }
    for name, service, place in (
        ("postgres", data.postgres, exports.postgres),
        ("redis", data.redis, exports.redis),
    ):
        if service.runs_on == "cloud" and place:
            given[name] = {"host": place.host, "port": str(place.port)}
            given[name]["password"] = exports.secrets[f"{name}_password"]
    for name, store in (("object-store", objects.primary), ("object-store-fallback", objects.fallback)):
        if store.runs_on == "cloud" and exports.bucket:
            given[name] = {"bucket": exports.bucket, **_s3_access(spec, exports)}
    return given


def _s3_access(spec: ClusterSpec, exports: StackExports) -> Items:
    """How a managed bucket is spoken to as S3: on AWS the machine is known, Google asks for a key."""
    if spec.cloud == "gcp":
        access = {key: exports.secrets[f"s3_{key}"] for key in ("access_key", "secret_key")}
        return {"endpoint": "https://storage.googleapis.com", "region": "auto", **access}
    return {
        "endpoint": f"https://s3.{spec.region}.amazonaws.com",
        "region": spec.region,
        "access_key": "instance",
        "secret_key": "instance",
    }


def _wait(spec: ClusterSpec, exports: StackExports, api: ClusterApi) -> None:
    pools = {name: _size(spec, exports, name) for name in spec.pools}
    deadline_s = DEADLINE_S.get(spec.cloud, CLOUD_DEADLINE_S)
    title = f"{spec.servers.count} servers and {sum(pools.values())} nodes are healthy"
    with step(title) as watch:
        while lacking := missing(api.nomad, api.consul, spec.servers.count, pools):
            if watch.elapsed_s > deadline_s:
                raise EngineUnavailable(
                    f"{spec.env} is not healthy after {deadline_s} s: {lacking[0]}",
                    detail="\n".join(lacking),
                    hint=WHERE,
                )
            watch.tick("; ".join(lacking))
            watch.pause()


def _size(spec: ClusterSpec, exports: StackExports, pool: str) -> int:
    # Where the cloud does not say, the autoscaler may have left no more than the least.
    known = exports.pools[pool].size if pool in exports.pools else None
    return spec.pools[pool].min if known is None else known


def _store_variables(spec: ClusterSpec, exports: StackExports, api: ClusterApi) -> None:
    given = given_items(spec, exports)
    with step("secrets are in Nomad's variables") as watch:
        found = {job: api.read_variable(job, watch) for job in {*HOLDERS, *spec.jobs, *given}}
        known = {job: items for job, (items, _) in found.items() if items}
        for job, items in plan_variables(known, spec.jobs, given).items():
            if items != known.get(job):
                api.write_variable(job, items, found[job][1], watch)


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{text.strip()}\n")
    draft.replace(path)
