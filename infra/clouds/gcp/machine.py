"""What a machine of a group is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.node_config import network_tag
from infra.clouds.gcp.place import Component
from infra.node.config import NodeConfig
from infra.node.user_data import user_data
from sre_cli.specs.shapes import Shape

IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"
"""Google's Debian images come without cloud-init, and its maintainers want it so; Ubuntu's have it, and
NVIDIA's modules signed for secure boot. A family is resolved when a template is made: a newer image changes
nothing until then."""
SHUTDOWN_S = 660
"""What a machine that is stopped or deleted may take: more than the longest `stop_grace_s` of a JobSpec."""
DRAINED = {"graceful_shutdown": {"enabled": True, "max_duration": {"seconds": str(SHUTDOWN_S)}}}
"""The node reads of its end, drains and switches itself off; Google's own patience ends after 90 s. Not for
servers: they have nothing to drain, and one that is sick would be mended that much later."""


@dataclass(frozen=True)
class Machine:
    """A node of a group."""

    shape: Shape
    disk_gib: int
    config: NodeConfig
    account: pulumi.Output[str]
    subnet: pulumi.Output[str]
    key_id: pulumi.Output[str]


def template(parent: Component, what: str, machine: Machine) -> pulumi.Output[str]:
    """Declare the group's template. It is never changed, only followed by another, with another id."""
    place = parent.place
    made = gcp.compute.RegionInstanceTemplate(
        place.name(what),
        # A name of its own each time, so that the new one is there before the old one goes.
        name_prefix=f"{place.name(what)}-",
        project=place.project,
        region=place.region,
        machine_type=machine.shape.type,
        disks=[_boot_disk(machine, place.labels)],
        # Without any access config: no public address.
        network_interfaces=[{"subnetwork": machine.subnet, "stack_type": "IPV4_ONLY"}],
        guest_accelerators=_accelerators(machine.shape),
        scheduling=_scheduling(machine),
        service_account={"email": machine.account, "scopes": ["cloud-platform"]},
        shielded_instance_config={
            "enable_secure_boot": True,
            "enable_vtpm": True,
            "enable_integrity_monitoring": True,
        },
        metadata={
            "user-data": user_data(machine.config),
            "enable-oslogin": "TRUE",
            "block-project-ssh-keys": "TRUE",
            "serial-port-enable": "FALSE",
        },
        tags=[network_tag(place, machine.config.role)],
        labels=place.labels,
        opts=parent.child(),
    )
    template_id: pulumi.Output[str] = made.self_link
    return template_id


def _boot_disk(machine: Machine, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "boot": True,
        "auto_delete": True,
        "device_name": BOOT_DEVICE,
        "source_image": IMAGE,
        "disk_type": "pd-balanced",
        "disk_size_gb": machine.disk_gib,
        "disk_encryption_key": {"kms_key_self_link": machine.key_id},
        "labels": labels,
    }


BOOT_DEVICE = "boot"


def _accelerators(shape: Shape) -> list[dict[str, Any]]:
    # Machine types like g2 bring their GPUs with them.
    if shape.gpus is None or shape.gpus.accelerator is None:
        return []
    return [{"type": shape.gpus.accelerator, "count": shape.gpus.count}]


def _scheduling(machine: Machine) -> dict[str, Any]:
    if machine.config.spot:
        return {
            "provisioning_model": "SPOT",
            "preemptible": True,
            "automatic_restart": False,
            "on_host_maintenance": "TERMINATE",
            "instance_termination_action": "STOP",
        }
    return {
        "provisioning_model": "STANDARD",
        "preemptible": False,
        "automatic_restart": True,
        # A machine with a GPU cannot be moved while it runs.
        "on_host_maintenance": "TERMINATE" if machine.shape.gpus else "MIGRATE",
        **(DRAINED if machine.config.role == "client" else {}),
    }
