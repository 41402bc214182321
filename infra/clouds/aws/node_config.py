"""What AWS's nodes are told: the values of NodeConfig that differ from the other clouds'."""

from __future__ import annotations

from dataclasses import replace

from infra.clouds.aws.bundles import read_command
from infra.clouds.aws.place import Place
from infra.node.config import NodeConfig, NodeRole, pool_config
from sre_cli.specs.cluster import Pool
from sre_cli.specs.shapes import Shape

JOIN_TAG = "sre-join"
"""By this tag agents find the servers."""
DRAIN_HOOK = "drain"


def server_config(place: Place) -> NodeConfig:
    """Of the servers."""
    return _config(place, "server")


def client_config(place: Place, name: str, pool: Pool, shape: Shape) -> NodeConfig:
    """Of the nodes of pool `name`."""
    return replace(
        pool_config(_config(place, "client"), name, pool, shape),
        registry_login=login_command(place),
        report_drained=(
            f"aws autoscaling complete-lifecycle-action --region {place.region}"
            f" --auto-scaling-group-name {place.name(name)} --lifecycle-hook-name {DRAIN_HOOK}"
            ' --lifecycle-action-result CONTINUE --instance-id "$INSTANCE_ID"'
        ),
    )


def join_value(place: Place) -> str:
    """The servers' value of `JOIN_TAG`."""
    return place.name("server")


def registry_host(place: Place) -> str:
    """The account's image registry."""
    return f"{place.account}.dkr.ecr.{place.region}.amazonaws.com"


def login_command(place: Place) -> str:
    """Its passwords hold for twelve hours: Docker gets one anew whenever the node asks for this."""
    return (
        f"aws ecr get-login-password --region {place.region}"
        f" | docker login --username AWS --password-stdin {registry_host(place)}"
    )


def _config(place: Place, role: NodeRole) -> NodeConfig:
    join = f"provider=aws region={place.region} tag_key={JOIN_TAG} tag_value={join_value(place)}"
    return NodeConfig(
        env=place.spec.env,
        cloud="aws",
        role=role,
        servers=place.spec.servers.count,
        retry_join=(join,),
        read_bundle=read_command(place, role),
        registry=f"{registry_host(place)}/{place.spec.env}",
    )
