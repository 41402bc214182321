"""Consul's configuration on this node."""

from __future__ import annotations

from typing import Any

from .facts import Node

TLS = "/etc/consul.d/tls"
DATA_DIR = "/var/lib/consul"


def consul_config(node: Node, bundle: dict[str, str]) -> dict[str, Any]:
    """What stands in consul.json: encrypted in every direction, nothing allowed without a token."""
    agent = bundle["consul_agent_token"]
    config: dict[str, Any] = {
        "node_name": node.name,
        "datacenter": node.config["env"],
        "data_dir": DATA_DIR,
        "server": node.is_server,
        "bind_addr": node.address,
        # Plain HTTP and DNS are for this node's own programs; everybody else comes by HTTPS.
        "client_addr": "127.0.0.1",
        "addresses": {"https": "0.0.0.0"},
        "ports": {"https": 8501, "grpc": -1, "grpc_tls": -1},
        "retry_join": node.config["retry_join"],
        "retry_interval": "2s",
        "encrypt": bundle["consul_gossip_key"],
        "tls": _tls(),
        "acl": {
            "enabled": True,
            "default_policy": "deny",
            "down_policy": "extend-cache",
            # DNS answers only this node, and reads nothing that its agent may not.
            "tokens": {"agent": agent, "dns": agent},
        },
        "node_meta": {"zone": node.zone},
        "telemetry": {"prometheus_retention_time": "60s", "disable_hostname": True},
        "leave_on_terminate": not node.is_server,
        "disable_update_check": True,
        # What a failing check saw reaches the catalog at once: `sre deploy` shows it.
        "check_update_interval": "1s",
    }
    return config | (_server(node, bundle, config["acl"]) if node.is_server else {})


def _tls() -> dict[str, Any]:
    return {
        "defaults": {
            "ca_file": f"{TLS}/ca.pem",
            "cert_file": f"{TLS}/cert.pem",
            "key_file": f"{TLS}/key.pem",
            "verify_outgoing": True,
            "tls_min_version": "TLSv1_2",
        },
        # A caller of HTTPS shows a token; agents among themselves show certificates of this cluster.
        "internal_rpc": {"verify_incoming": True, "verify_server_hostname": True},
    }


def _server(node: Node, bundle: dict[str, str], acl: dict[str, Any]) -> dict[str, Any]:
    management = {"initial_management": bundle["consul_management_token"]}
    return {
        "bootstrap_expect": node.config["servers"],
        "ports": {"https": 8501, "grpc": -1, "grpc_tls": -1, "serf_wan": -1},
        "acl": acl | {"tokens": acl["tokens"] | management},
        "autopilot": {"cleanup_dead_servers": True, "last_contact_threshold": "1s"},
        "performance": {"raft_multiplier": raft_multiplier(node)},
        "ui_config": {"enabled": True},
    }


def raft_multiplier(node: Node) -> int:
    """How patient servers are with each other: machines of their own need no patience."""
    return 3 if node.config["cloud"] == "local" else 1
