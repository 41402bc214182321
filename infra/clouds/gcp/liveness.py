"""Whether a machine's agent lives: what groups mend their machines by."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place

NOMAD_PORT = 4646


class Liveness(Component):
    """One check for every group: does Nomad's port accept a connection.

    It asks no more on purpose. An agent that answers "no leader" must not be replaced for it: when the whole
    cluster has lost its leader, that would take the last copies of its state away.
    """

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Liveness", "liveness", place, opts)
        check = gcp.compute.HealthCheck(
            place.name("liveness"),
            name=place.name("liveness"),
            project=place.project,
            check_interval_sec=30,
            timeout_sec=10,
            healthy_threshold=1,
            # Five minutes: longer than a reboot or an upgrade of the agent.
            unhealthy_threshold=10,
            tcp_health_check={"port": NOMAD_PORT},
            log_config={"enable": True},
            opts=self.child(),
        )
        self.check_id: pulumi.Output[str] = check.id
        self.register_outputs({"check_id": self.check_id})
