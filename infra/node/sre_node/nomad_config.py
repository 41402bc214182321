"""Nomad's configuration on this node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .consul_config import raft_multiplier
from .facts import Node

TLS = "/etc/nomad.d/tls"
DATA_DIR = "/var/lib/nomad"
METADATA_FINGERPRINTS = "env_aws,env_gce,env_azure,env_digitalocean"
DRAIN_S = {"aws": 600, "gcp": 600, "local": 60}
"""How long jobs may take to leave at a shutdown: what each cloud waits before it pulls the plug."""
SPOT_DRAIN_S = {"aws": 100, "gcp": 25, "local": 60}
ASSUMED_MHZ = 2000.0


def nomad_config(node: Node, bundle: dict[str, str]) -> dict[str, Any]:
    """What stands in nomad.json: encrypted in every direction, nothing allowed without a token."""
    return {
        "name": node.name,
        "region": "global",
        "datacenter": node.config["env"],
        "data_dir": DATA_DIR,
        "bind_addr": "0.0.0.0",
        "advertise": dict.fromkeys(("http", "rpc", "serf"), node.address),
        "tls": {
            "http": True,
            "rpc": True,
            "ca_file": f"{TLS}/ca.pem",
            "cert_file": f"{TLS}/cert.pem",
            "key_file": f"{TLS}/key.pem",
            "verify_server_hostname": True,
            # A caller of HTTPS shows a token instead; agents among themselves show certificates.
            "verify_https_client": False,
        },
        "acl": {"enabled": True},
        "consul": _consul(node, bundle),
        "telemetry": {
            "prometheus_metrics": True,
            "publish_allocation_metrics": True,
            "publish_node_metrics": True,
        },
        # SIGTERM means that the machine goes away; SIGINT ends the agent and leaves its jobs alone.
        "leave_on_terminate": not node.is_server,
        "leave_on_interrupt": False,
        "disable_update_check": True,
        **(_server(node, bundle) if node.is_server else _client(node)),
    }


def _consul(node: Node, bundle: dict[str, str]) -> dict[str, Any]:
    consul: dict[str, Any] = {
        "address": "127.0.0.1:8500",
        "token": bundle["consul_nomad_token"],
        # Nomad's agents find each other without Consul, so neither waits for the other at the start.
        "server_auto_join": False,
        "client_auto_join": False,
    }
    identity = {"aud": ["consul.io"], "ttl": "1h"}
    return consul | ({"service_identity": identity, "task_identity": identity} if node.is_server else {})


def _join(node: Node) -> dict[str, Any]:
    return {"retry_join": node.config["retry_join"], "retry_interval": "2s"}


def _server(node: Node, bundle: dict[str, str]) -> dict[str, Any]:
    return {
        "server": {
            "enabled": True,
            "bootstrap_expect": node.config["servers"],
            "encrypt": bundle["nomad_gossip_key"],
            # Longer than a node takes to notice that its server is gone (files/sysctl.conf): one that is late
            # has everything on it started anew.
            "heartbeat_grace": "20s",
            "raft_multiplier": raft_multiplier(node),
            "server_join": _join(node),
        },
        "autopilot": {"cleanup_dead_servers": True, "last_contact_threshold": "1s"},
        "ui": {"enabled": True},
    }


def _client(node: Node) -> dict[str, Any]:
    deadlines = SPOT_DRAIN_S if node.config["spot"] else DRAIN_S
    return {
        "client": {
            "enabled": True,
            "node_class": node.config["pool"],
            "server_join": _join(node),
            "meta": _meta(node),
            "drain_on_shutdown": {"deadline": f"{deadlines[node.config['cloud']]}s"},
            "options": _options(node),
            **_limits(node),
        },
        # Jobs are compose files run by raw_exec; nothing else may start anything.
        "plugin": {"raw_exec": {"config": {"enabled": True}}},
    }


def _meta(node: Node) -> dict[str, str]:
    config = node.config
    return {
        "zone": node.zone,
        "pool": config["pool"],
        "roles": ",".join(config["roles"]),
        "shape": config["shape"],
        "gpu_count": str(config["gpus"]),
        "gpu_memory_mib": str(config["gpu_memory_mib"]),
        "spot": str(config["spot"]).lower(),
    }


def _options(node: Node) -> dict[str, str]:
    # Off the clouds, each of these would wait for a metadata server that is not there.
    denied = {"fingerprint.denylist": METADATA_FINGERPRINTS} if node.config["cloud"] == "local" else {}
    return {"driver.allowlist": "raw_exec"} | denied


def _limits(node: Node) -> dict[str, Any]:
    """What the scheduler may give away, where the machine shows more than is this node's."""
    cpus, memory_mib = node.config["cpus"], node.config["memory_mib"]
    return {
        **({"cpu_total_compute": round(cpus * cpu_mhz())} if cpus else {}),
        **({"memory_total_mb": memory_mib} if memory_mib else {}),
    }


def cpu_mhz(cpuinfo: Path = Path("/proc/cpuinfo")) -> float:
    """The clock of one core as the kernel tells it; an assumption where it does not."""
    found = [
        line.rpartition(":")[2] for line in cpuinfo.read_text().splitlines() if line.startswith("cpu MHz")
    ]
    return float(found[0]) if found else ASSUMED_MHZ
