"""The environment's own key: what Google keeps of it is encrypted with it, and unreadable without."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place, after
from infra.clouds.gcp.services import has_bucket

ROTATION = f"{90 * 24 * 3600}s"
USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
COMPUTE_AGENT = "service-{0}@compute-system.iam.gserviceaccount.com"


class Encryption(Component):
    """A key that changes every 90 days, and the services of Google that may use it for this project."""

    def __init__(self, place: Place, opts: pulumi.ResourceOptions | None = None):
        super().__init__("Encryption", "encryption", place, opts)
        name = place.name("data")
        # Google never removes a key ring. Pulumi ends its name with letters of its own, so that an
        # environment can be destroyed and made again.
        ring = gcp.kms.KeyRing(name, project=place.project, location=place.region, opts=self.child())
        key = gcp.kms.CryptoKey(
            name,
            name="data",
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=ROTATION,
            version_template={"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protection_level": "SOFTWARE"},
            labels=place.labels,
            opts=self.child(),
        )
        grants = [
            gcp.kms.CryptoKeyIAMMember(
                place.name(f"data-{service}"),
                crypto_key_id=key.id,
                role=USE,
                member=pulumi.Output.concat("serviceAccount:", agent),
                opts=self.child(),
            ).id
            for service, agent in self._agents().items()
        ]
        self.key_id = after(key.id, *grants)
        """By way of the grants: a service that may not use the key yet can make nothing with it."""
        self.register_outputs({"key_id": self.key_id})

    def _agents(self) -> dict[str, pulumi.Output[str]]:
        """Google's own accounts, by service."""
        spec, wait = self.place.spec, pulumi.InvokeOutputOptions(parent=self, depends_on=self._needs)
        project = gcp.organizations.get_project_output(project_id=self.place.project, opts=wait)
        logs = gcp.logging.get_project_cmek_settings_output(project=self.place.project, opts=wait)
        agents = {
            "compute": pulumi.Output.format(COMPUTE_AGENT, project.number),
            "logging": logs.service_account_id,
            "secretmanager": self._agent("secretmanager"),
            "artifactregistry": self._agent("artifactregistry"),
        }
        if spec.data.postgres.runs_on == "cloud":
            agents["sqladmin"] = self._agent("sqladmin")
        if spec.data.redis.runs_on == "cloud":
            agents["redis"] = self._agent("redis")
        if has_bucket(spec):
            storage = gcp.storage.get_project_service_account_output(project=self.place.project, opts=wait)
            agents["storage"] = storage.email_address
        return agents

    def _agent(self, api: str) -> pulumi.Output[str]:
        identity = gcp.projects.ServiceIdentity(
            self.place.name(f"agent-{api}"),
            project=self.place.project,
            service=f"{api}.googleapis.com",
            opts=self.child(),
        )
        email: pulumi.Output[str] = identity.email
        return email
