"""Outputs of a cluster that nobody made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sre_cli.specs.outputs import Outputs


def sample_outputs(**changes: Any) -> Outputs:
    """Outputs that point nowhere, but for `changes`."""
    sample: dict[str, Any] = {
        "env": "local",
        "cloud": "local",
        "nomad_url": "https://a",
        "nomad_token_file": Path("/nowhere/nomad-token"),
        "consul_url": "https://b",
        "consul_token_file": Path("/nowhere/consul-token"),
        "ca_file": Path("/nowhere/ca.pem"),
        "api_url": "https://c",
        "registry": "registry.test:5000",
        "registry_push": "127.0.0.1:5000",
        "zones": ["a", "b", "c"],
        "pools": {},
    }
    return Outputs.model_validate(sample | changes)
