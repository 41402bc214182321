"""A pool: an auto-scaling group of machines that run jobs."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.machine import Machine, launch_template
from infra.clouds.aws.node_config import DRAIN_HOOK
from infra.clouds.aws.place import Component, Place
from sre_cli.specs.cluster import Pool

BOOT_S = 600
"""How long a new machine may take to install its software and join."""
DRAIN_S = 900
"""How long a machine is kept for its jobs to leave; more than Nomad's own deadline for that."""
STATEFUL = "data"
"""The role of nodes whose disks hold what others do not."""


class NodePool(Component):
    """Machines over the pool's zones. After the first `up` their number belongs to the autoscaler:
    `aws autoscaling set-desired-capacity --auto-scaling-group-name <group> --desired-capacity <n>`."""

    def __init__(
        self,
        what: str,
        place: Place,
        pool: Pool,
        machine: Machine,
        subnet_ids: list[pulumi.Output[str]],
        target_group_arns: list[pulumi.Output[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("NodePool", what, place, opts)
        self._what = what
        self._pool = pool
        template = launch_template(what, self, machine)
        group = aws.autoscaling.Group(
            place.name(what),
            name=place.name(what),
            min_size=pool.min,
            max_size=pool.max,
            desired_capacity=pool.start,
            vpc_zone_identifiers=subnet_ids,
            health_check_type="EC2",
            health_check_grace_period=BOOT_S,
            target_group_arns=target_group_arns,
            wait_for_capacity_timeout="0",
            tags=self._tags(),
            **self._template(template),
            **self._renewal(),
            opts=self.child(ignore_changes=["desiredCapacity"], delete_before_replace=True),
        )
        self.group: pulumi.Output[str] = group.name
        self.size: pulumi.Output[int] = group.desired_capacity
        self._drain_hook()
        self.register_outputs({"group": self.group})

    def _tags(self) -> list[dict[str, Any]]:
        tags = self.place.tags(self._what, pool=self._what)
        return [{"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items()]

    def _template(self, template: aws.ec2.LaunchTemplate) -> dict[str, Any]:
        # By number: with "$Latest" a refresh could not roll back.
        version = template.latest_version.apply(str)
        if not self._pool.spot:
            return {"launch_template": {"id": template.id, "version": version}}
        source = {"launch_template_id": template.id, "version": version}
        return {
            # A machine that AWS is about to take back is replaced before it goes.
            "capacity_rebalance": True,
            "mixed_instances_policy": {
                "launch_template": {"launch_template_specification": source},
                "instances_distribution": {
                    "on_demand_base_capacity": 0,
                    "on_demand_percentage_above_base_capacity": 0,
                    "spot_allocation_strategy": "capacity-optimized",
                },
            },
        }

    def _renewal(self) -> dict[str, Any]:
        if STATEFUL in self._pool.roles:
            # Neither a new template nor an even spread is worth a disk: people end these, one at a time.
            return {"suspended_processes": ["AZRebalance"]}
        preferences = {
            "min_healthy_percentage": 90,
            "max_healthy_percentage": 110,
            "instance_warmup": str(BOOT_S),
            "auto_rollback": True,
        }
        return {"instance_refresh": {"strategy": "Rolling", "preferences": preferences}}

    def _drain_hook(self) -> None:
        aws.autoscaling.LifecycleHook(
            self.place.name(self._what),
            name=DRAIN_HOOK,
            autoscaling_group_name=self.group,
            lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
            heartbeat_timeout=DRAIN_S,
            # A node that never answers must not stay for ever.
            default_result="CONTINUE",
            opts=self.child(),
        )
