"""AWS machines answer for their identity only to IMDSv2, so that a forged request cannot take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, of_kind


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Machines that answer to anybody's plain GET."""
    for machine in of_kind(plan, "aws:ec2:Instance", "aws:ec2:LaunchTemplate"):
        if not any(one.get("httpTokens") == "required" for one in machine.parts("metadataOptions")):
            yield machine, "metadataOptions.httpTokens must be `required`"
