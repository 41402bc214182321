"""DriftFile: what `sre model retrain-check --from` reads in place of a Prometheus."""

from __future__ import annotations

from pydantic import Field, FiniteFloat

from sre_cli.specs.base import Spec
from sre_cli.specs.evaluation import Count


class DriftFile(Spec):
    """Drift and feedback of one model."""

    psi: dict[str, FiniteFloat] = Field(default={})
    """By the names of the manifest's windows."""
    feedback: Count | None = None
    """`events` answers were called wrong, of `total` that were labelled."""
