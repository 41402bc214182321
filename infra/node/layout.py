"""One node's ports, folders and agents' files, derived from the ClusterSpec alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.paths import state_dir

PORTS = {
    "consul_http": 8500,
    "consul_server": 8300,
    "consul_serf": 8301,
    "consul_dns": 8600,
    "nomad_http": 4646,
    "nomad_rpc": 4647,
    "nomad_serf": 4648,
}
DYNAMIC_PORTS = (20000, 20999)
"""Where Nomad puts jobs that name no port: above every fixed port of any cluster, and below the
kernel's own range for outgoing connections."""


@dataclass(frozen=True)
class Layout:
    """Where the agents of a one-node cluster live."""

    env: str
    port_offset: int
    zone: str = "local-a"
    pool: str = "local"

    @classmethod
    def of(cls, spec: ClusterSpec) -> Layout:
        """The layout of `spec`'s only node."""
        return cls(spec.env, spec.port_offset)

    @property
    def folder(self) -> Path:
        """The environment's state."""
        return state_dir(self.env)

    @property
    def nomad_url(self) -> str:
        """Nomad's API."""
        return f"http://127.0.0.1:{self.ports('nomad')['nomad_http']}"

    @property
    def consul_url(self) -> str:
        """Consul's API."""
        return f"http://127.0.0.1:{self.ports('consul')['consul_http']}"

    def ports(self, engine: str = "") -> dict[str, int]:
        """The ports of one engine, or of all."""
        return {name: port + self.port_offset for name, port in PORTS.items() if name.startswith(engine)}

    @property
    def nomad_token_file(self) -> Path:
        """Nomad's management token, for its owner's eyes only."""
        return self.folder / "nomad.token"

    def data_dir(self, engine: str) -> Path:
        """Where `engine` keeps its data."""
        return self.folder / engine

    def config_file(self, engine: str) -> Path:
        """Where `engine`'s configuration is written."""
        return self.folder / "config" / f"{engine}.hcl"

    def render(self, engine: str) -> str:
        """The configuration of `engine`."""
        loader = FileSystemLoader(Path(__file__).parent)
        jinja = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - HCL
        return jinja.get_template(f"{engine}.hcl.j2").render(
            env=self.env,
            node=f"{self.env}-1",
            zone=self.zone,
            pool=self.pool,
            data_dir=self.data_dir(engine),
            ports=self.ports(),
            dynamic_ports=[port + self.port_offset for port in DYNAMIC_PORTS],
        )
