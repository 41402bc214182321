"""What Google Cloud's nodes are told: the values of NodeConfig that differ from the other clouds'."""

from __future__ import annotations

from dataclasses import replace

from infra.clouds.gcp.bundles import read_command, token_command
from infra.clouds.gcp.place import Place
from infra.node.config import NodeConfig, NodeRole, pool_config
from sre_cli.specs.cluster import Pool
from sre_cli.specs.shapes import Shape

SWITCH_OFF = "systemctl poweroff"
"""Google waits for a machine that it stops until it is off, or its patience is over."""


def server_config(place: Place) -> NodeConfig:
    """Of the servers."""
    return _config(place, "server")


def client_config(place: Place, name: str, pool: Pool, shape: Shape) -> NodeConfig:
    """Of the nodes of pool `name`."""
    config = pool_config(_config(place, "client"), name, pool, shape)
    return replace(config, registry_login=login_command(place), report_drained=SWITCH_OFF)


def network_tag(place: Place, role: NodeRole) -> str:
    """By this tag agents find the servers; firewall rules go by service account, which nobody can put on."""
    return place.name(role)


def registry_host(place: Place) -> str:
    """The region's image registry."""
    return f"{place.region}-docker.pkg.dev"


def registry(place: Place) -> str:
    """Prefix of the images' names."""
    return f"{registry_host(place)}/{place.project}/{place.spec.env}"


def login_command(place: Place) -> str:
    """Its tokens hold for an hour: Docker gets one anew whenever the node asks for this."""
    login = f"docker login --username oauth2accesstoken --password-stdin https://{registry_host(place)}"
    return f"{token_command()} | {login}"


def _config(place: Place, role: NodeRole) -> NodeConfig:
    join = (
        f"provider=gce project_name={place.project} tag_value={network_tag(place, 'server')}"
        f" zone_pattern={place.region}-.*"
    )
    return NodeConfig(
        env=place.spec.env,
        cloud="gcp",
        role=role,
        servers=place.spec.servers.count,
        retry_join=(join,),
        read_bundle=read_command(place, role),
        registry=registry(place),
    )
