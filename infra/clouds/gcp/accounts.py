"""The identity of the machines: one service account a role, with nothing that the role does not need."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place, after
from infra.node.config import NodeRole

ROLES: tuple[NodeRole, ...] = ("server", "client")
SHIP = {"logs": "roles/logging.logWriter"}
JOIN_PERMISSIONS = ["compute.instances.list", "compute.zones.list"]
"""All that Consul's auto-join asks for. It is by project: Google cannot limit a list to some machines."""


class Accounts(Component):
    """Service accounts of servers and clients: they ship logs and find the servers."""

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Accounts", "accounts", place, opts)
        join = gcp.projects.IAMCustomRole(
            place.name("join"),
            project=place.project,
            role_id=place.name("join").replace("-", "_"),
            title=f"{place.spec.env}: find the servers",
            permissions=JOIN_PERMISSIONS,
            opts=self.child(),
        )
        self.emails: dict[NodeRole, pulumi.Output[str]] = {role: self._account(role, join) for role in ROLES}
        self.register_outputs({})

    def _account(self, role: NodeRole, join: gcp.projects.IAMCustomRole) -> pulumi.Output[str]:
        account = gcp.serviceaccount.Account(
            self.place.name(role),
            project=self.place.project,
            account_id=self.place.name(role),
            display_name=f"{role}s of {self.place.spec.env}",
            opts=self.child(),
        )
        grants = [
            gcp.projects.IAMMember(
                self.place.name(f"{role}-{what}"),
                project=self.place.project,
                role=granted,
                member=account.member,
                opts=self.child(),
            ).id
            for what, granted in {**SHIP, "join": join.name}.items()
        ]
        # By way of the grants: a machine that bears the account has them from its first minute.
        return after(account.email, *grants)
