"""The only place that builds adapters, and the door to `infra`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.toolchain.diagnosis import Finding


def diagnose_engines() -> list[Finding]:
    """What of the engines this machine has."""
    from infra.toolchain.diagnosis import diagnose

    return diagnose()


def mend_engines() -> None:
    """Build or start the engines that are missing."""
    from infra.toolchain.diagnosis import mend

    mend()
