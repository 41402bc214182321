"""The registry of the jobs' images."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.clouds.aws.place import Component, Place

KEPT = 20
"""Versions of an image that stay: enough to go back by."""


class ImageRepositories(Component):
    """A repository an image: scanned when pushed, and a version once pushed stays what it is."""

    def __init__(
        self,
        place: Place,
        images: list[str],
        key_arn: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("ImageRepositories", "registry", place, opts)
        for image in images:
            self._repository(image, key_arn)
        self.register_outputs({})

    def _repository(self, image: str, key_arn: pulumi.Output[str]) -> None:
        what = f"image-{image}"
        repository = aws.ecr.Repository(
            self.place.name(what),
            name=f"{self.place.spec.env}/{image}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
            # Images are built from the checkout: `destroy` may take them along.
            force_delete=True,
            tags=self.place.tags(what),
            opts=self.child(),
        )
        aws.ecr.LifecyclePolicy(
            self.place.name(what),
            repository=repository.name,
            policy=json.dumps(keep_newest(KEPT)),
            opts=self.child(),
        )


def keep_newest(count: int) -> dict[str, Any]:
    """The lifecycle policy that keeps the newest `count` images."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
