"""What a machine of one kind is started from."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.boot import boot_document
from infra.clouds.aws.place import Component
from infra.node.config import NodeConfig

DEBIAN = "136693071363"
"""The account that Debian publishes its images from."""


@dataclass(frozen=True)
class MachineImage:
    """The system that nodes start with."""

    id: str
    root_device: str
    is_pinned: bool
    """Chosen by people; else the newest on the day the node's group was made."""


@dataclass(frozen=True)
class Machine:
    """One kind of machine."""

    type: str
    image: MachineImage
    disk_gib: int
    config: NodeConfig
    profile_arn: pulumi.Output[str]
    group_ids: list[pulumi.Output[str]]
    key_arn: pulumi.Output[str]


def find_image(provider: aws.Provider) -> MachineImage:
    """Debian 12: `sre:machineImage` of the stack's configuration, else the newest."""
    pinned, options = pulumi.Config("sre").get("machineImage"), pulumi.InvokeOptions(provider=provider)
    if pinned:
        found = aws.ec2.get_ami(filters=[{"name": "image-id", "values": [pinned]}], opts=options)
    else:
        by_name = {"name": "name", "values": ["debian-12-amd64-*"]}
        found = aws.ec2.get_ami(owners=[DEBIAN], most_recent=True, filters=[by_name], opts=options)
    return MachineImage(found.id, found.root_device_name, pinned is not None)


def launch_template(what: str, owner: Component, machine: Machine, **tags: str) -> aws.ec2.LaunchTemplate:
    """Machines without a public address, with an encrypted disk, that answer to IMDSv2 alone."""
    place = owner.place
    named = place.tags(what, **tags)
    return aws.ec2.LaunchTemplate(
        place.name(what),
        image_id=machine.image.id,
        instance_type=machine.type,
        update_default_version=True,
        user_data=b64encode(boot_document(machine.config, place.region)).decode(),
        iam_instance_profile={"arn": machine.profile_arn},
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            # One hop is the machine itself: containers in a network of their own do not get its identity.
            "http_put_response_hop_limit": 1,
        },
        network_interfaces=[
            {
                "device_index": 0,
                "associate_public_ip_address": "false",
                "delete_on_termination": "true",
                "security_groups": machine.group_ids,
            }
        ],
        block_device_mappings=[_root_disk(machine)],
        tag_specifications=[
            {"resource_type": kind, "tags": named} for kind in ("instance", "volume", "network-interface")
        ],
        tags=named,
        # A newer Debian would replace every node at the next `up`, whatever that was about.
        opts=owner.child(ignore_changes=[] if machine.image.is_pinned else ["imageId"]),
    )


def _root_disk(machine: Machine) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    return {
        "device_name": machine.image.root_device,
        "ebs": {
            "volume_type": "gp3",
            "volume_size": machine.disk_gib,
            "encrypted": "true",
            "kms_key_id": machine.key_arn,
            "delete_on_termination": "true",
        },
    }
