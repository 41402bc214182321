"""The registry of the jobs' images."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from infra.clouds.gcp.place import Component, Place

UNTAGGED_S = f"{7 * 24 * 3600}s"


class ImageRepository(Component):
    """A Docker repository whose tags never move; the clients' account alone may pull."""

    def __init__(
        self,
        place: Place,
        clients: pulumi.Output[str],
        key_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("ImageRepository", "repository", place, opts)
        repository = gcp.artifactregistry.Repository(
            place.name("repository"),
            project=place.project,
            location=place.region,
            repository_id=place.spec.env,
            format="DOCKER",
            kms_key_name=key_id,
            docker_config={"immutable_tags": True},
            # Google removes no tag that cannot move: what no tag names any more is cleaned up.
            cleanup_policies=[
                {
                    "id": "untagged",
                    "action": "DELETE",
                    "condition": {"tag_state": "UNTAGGED", "older_than": UNTAGGED_S},
                }
            ],
            labels=place.labels,
            opts=self.child(),
        )
        gcp.artifactregistry.RepositoryIamMember(
            place.name("repository"),
            project=place.project,
            location=place.region,
            repository=repository.name,
            role="roles/artifactregistry.reader",
            member=pulumi.Output.concat("serviceAccount:", clients),
            opts=self.child(),
        )
        self.register_outputs({})
