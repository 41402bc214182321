"""A managed database cannot be deleted by one call, and leaves a last copy where the cloud keeps one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy import Finding, Resource, of_kind


def findings(plan: Sequence[Resource]) -> Iterator[Finding]:
    """Databases that one mistake would take."""
    for database in of_kind(plan, "aws:rds:Instance", "aws:rds:Cluster"):
        if database.properties.get("deletionProtection") is not True:
            yield database, "deletionProtection must be on"
        if database.properties.get("skipFinalSnapshot") is True:
            yield database, "skipFinalSnapshot must be off"
    for database in of_kind(plan, "gcp:sql:DatabaseInstance"):
        if not any(one.get("deletionProtectionEnabled") is True for one in database.parts("settings")):
            yield database, "settings.deletionProtectionEnabled must be on"
