"""What nodes read at boot: a secret a role."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place
from infra.identity import Identity
from infra.node.config import NodeRole


class Bundles(Component):
    """The secrets of the servers and of the clients."""

    def __init__(
        self,
        place: Place,
        identity: Identity,
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Bundles", "bundles", place, opts)
        self._key_arn = key_arn
        self.arns: dict[NodeRole, pulumi.Output[str]] = {
            "server": self._secret("server", identity.server_bundle),
            "client": self._secret("client", identity.client_bundle),
        }
        self.register_outputs({})

    def _secret(self, role: NodeRole, bundle: pulumi.Output[str]) -> pulumi.Output[str]:
        what = f"{role}-bundle"
        secret = aws.secretsmanager.Secret(
            self.place.name(what),
            name=secret_name(self.place, role),
            description=f"What a {role} of {self.place.spec.env} reads at boot",
            kms_key_id=self._key_arn,
            # Its value lives in the stack's state: nothing is lost, and the name is free for the next `up`.
            recovery_window_in_days=0,
            tags=self.place.tags(what),
            opts=self.child(),
        )
        version = aws.secretsmanager.SecretVersion(
            self.place.name(what), secret_id=secret.id, secret_string=bundle, opts=self.child()
        )
        # By way of the version: who may read the secret finds something in it.
        arn: pulumi.Output[str] = version.secret_id
        return arn


def secret_name(place: Place, role: NodeRole) -> str:
    """The name of the role's bundle. A hyphen and six letters at its end would pass for AWS's own suffix."""
    return f"{place.spec.env}/{role}/bundle"


def read_command(place: Place, role: NodeRole) -> str:
    """The shell command by which a node prints its bundle."""
    return (
        f"aws secretsmanager get-secret-value --region {place.region} --secret-id {secret_name(place, role)}"
        " --query SecretString --output text"
    )
