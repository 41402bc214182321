"""Writes certificates and the agents' configuration from the bundle. Runs at every boot, or any time."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from .consul_config import consul_config
from .facts import Node, read_node
from .files import write_file
from .log_config import log_config
from .nomad_config import nomad_config

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
File = tuple[str, str, str]
"""Path below the root, text, owner."""
PEMS = {"ca.pem": "ca_pem", "cert.pem": "cert_pem", "key.pem": "key_pem"}


def main() -> None:
    """Write what is new, and let the agents that run read it."""
    node = read_node()
    changed = write_all(node, read_bundle(node.config["read_bundle"]))
    if changed:
        print(f"new: {', '.join(changed)}")
        # SIGHUP: both read their certificates anew. At boot they do not run yet, and nothing happens.
        subprocess.run(["systemctl", "try-reload-or-restart", "consul", "nomad"], check=True)


def read_bundle(command: str) -> dict[str, str]:
    """The node's secrets, asked for until they come: without them there is nothing to start."""
    wait_s = FIRST_WAIT_S
    while True:
        asked = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
        try:
            if asked.returncode == 0:
                return dict(json.loads(asked.stdout))
            cause = asked.stderr.strip() or f"exit code {asked.returncode}"
        except ValueError:
            # Not shown: what is no JSON may hold a secret all the same.
            cause = "it prints no JSON object"
        print(f"bundle not read, again in {wait_s:.0f} s: {cause}", flush=True)
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def write_all(node: Node, bundle: dict[str, str], root: Path = Path("/")) -> list[str]:
    """Every file of the node's agents; the paths of those that were not so before."""
    files = [
        *_agent("consul", consul_config(node, bundle), bundle),
        *_agent("nomad", nomad_config(node, bundle), bundle),
    ]
    if node.config["cloud"] == "local":
        # The registry of this cloud shows a certificate of the cluster's own authority.
        host = node.config["registry"].partition("/")[0]
        files.append((f"etc/docker/certs.d/{host}/ca.crt", bundle["ca_pem"], "root"))
    else:
        files.append(("etc/sre/fluent-bit.conf", log_config(node), "root"))
    return [path for path, text, owner in files if write_file(root / path, text, owner=owner)]


def _agent(name: str, config: dict[str, Any], bundle: dict[str, str]) -> list[File]:
    owner = "consul" if name == "consul" else "root"
    texts = {f"tls/{file}": bundle[key] for file, key in PEMS.items()}
    texts[f"{name}.json"] = json.dumps(config, indent=2) + "\n"
    return [(f"etc/{name}.d/{path}", text, owner) for path, text in texts.items()]


if __name__ == "__main__":
    main()
