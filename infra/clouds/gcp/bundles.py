"""What nodes read at boot, in Google's secret manager: a bundle a role, readable by that role alone."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place
from infra.identity import Identity
from infra.node.config import NodeRole

TOKEN_URL = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105


class Bundles(Component):
    """One secret a role, kept in the region and encrypted with the environment's key."""

    def __init__(
        self,
        place: Place,
        identity: Identity,
        accounts: Mapping[NodeRole, pulumi.Output[str]],
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("Bundles", "bundles", place, opts)
        self._accounts, self._key_id = accounts, key_id
        self._bundle("server", identity.server_bundle)
        self._bundle("client", identity.client_bundle)
        self.register_outputs({})

    def _bundle(self, role: NodeRole, bundle: pulumi.Output[str]) -> None:
        name = secret_id(self.place, role)
        replica = {
            "location": self.place.region,
            "customer_managed_encryption": {"kms_key_name": self._key_id},
        }
        secret = gcp.secretmanager.Secret(
            name,
            project=self.place.project,
            secret_id=name,
            replication={"user_managed": {"replicas": [replica]}},
            labels=self.place.labels,
            opts=self.child(),
        )
        gcp.secretmanager.SecretVersion(name, secret=secret.id, secret_data=bundle, opts=self.child())
        gcp.secretmanager.SecretIamMember(
            name,
            project=self.place.project,
            secret_id=secret.secret_id,
            role="roles/secretmanager.secretAccessor",
            member=pulumi.Output.concat("serviceAccount:", self._accounts[role]),
            opts=self.child(),
        )


def secret_id(place: Place, role: NodeRole) -> str:
    """The name of the role's bundle."""
    return place.name(f"{role}-bundle")


def token_command() -> str:
    """The shell command that prints the access token of the machine's account."""
    return f"curl -sSf -H 'Metadata-Flavor: Google' {TOKEN_URL} | jq -r .access_token"


def read_command(place: Place, role: NodeRole) -> str:
    """The shell command by which a node prints its bundle; the token never shows among the processes."""
    secret = f"projects/{place.project}/secrets/{secret_id(place, role)}/versions/latest:access"
    return (
        f"token=$({token_command()}) && printf 'Authorization: Bearer %s' \"$token\""
        f" | curl -sSf -H @- https://secretmanager.googleapis.com/v1/{secret}"
        " | jq -er .payload.data | base64 -d"
    )
