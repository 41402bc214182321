"""Specs of clusters that nobody makes."""

from __future__ import annotations

from typing import Any

from sre_cli.specs.cluster import ClusterSpec


def varied(spec: ClusterSpec, **changes: Any) -> ClusterSpec:
    """`spec` with other values at keys like `data__redis`; None takes a key out."""
    document = spec.model_dump(mode="json", exclude_none=True)
    for path, value in changes.items():
        *folders, last = path.split("__")
        part = document
        for key in folders:
            part = part[key]
        part[last] = value
    return ClusterSpec.model_validate(document)
