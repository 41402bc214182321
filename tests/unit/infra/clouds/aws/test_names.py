"""Names are part of the state: one that changes replaces what it names, on a cluster that runs."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.infra.clouds.aws.plan import prod

GOLDEN = Path("tests/golden/aws/aws-prod.urns")


def test_the_resources_of_aws_prod_keep_their_names() -> None:
    """`UPDATE_GOLDEN=1 pytest ...` writes them anew; mean it."""
    text = (
        "\n".join(urn.removeprefix("urn:pulumi:aws-prod::sre::pulumi:pulumi:Stack$") for urn in prod().urns)
        + "\n"
    )
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_every_resource_belongs_to_a_component() -> None:
    outside = [one.name for one in prod().of_package("aws") if "sre:aws:" not in one.parent]
    assert outside == []


def test_no_two_resources_share_a_name() -> None:
    assert len(set(prod().urns)) == len(prod().urns)
