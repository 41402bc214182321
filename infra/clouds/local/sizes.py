"""How many nodes each pool has: decided by whoever resizes, kept beside the environment's state."""

from __future__ import annotations

import json

from infra.exclusive import exclusive
from sre_cli.errors import UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.paths import state_dir

FILE = "pools.json"


def pool_sizes(spec: ClusterSpec) -> dict[str, int]:
    """The present size of every pool: what was asked for last, within what the spec allows.

    Raises UsageError: when what was asked for cannot be read.
    """
    asked = _asked(spec.env)
    return {
        name: min(max(asked.get(name, pool.start), pool.min), pool.max) for name, pool in spec.pools.items()
    }


def ask_size(spec: ClusterSpec, pool: str, size: int) -> None:
    """Keep `size` for the next `up`.

    Raises UsageError: when there is no such pool, or the spec does not allow the size.
    """
    if pool not in spec.pools:
        raise UsageError(f"no pool {pool!r} in {spec.env}", hint=f"pools: {', '.join(spec.pools)}")
    low, high = spec.pools[pool].min, spec.pools[pool].max
    if not low <= size <= high:
        raise UsageError(
            f"{pool}: {size} is not within {low} to {high}",
            hint=f"pools.{pool}.min and max in stacks/clusters/{spec.env}.yaml",
        )
    path = state_dir(spec.env) / FILE
    with exclusive(path):  # of two that resize two pools, none forgets the other's
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({**_asked(spec.env), pool: size}, indent=2) + "\n")
        draft.replace(path)


def _asked(env: str) -> dict[str, int]:
    path = state_dir(env) / FILE
    try:
        found = json.loads(path.read_text())
        return {str(pool): int(size) for pool, size in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        raise UsageError(
            f"{path}: not a size for each pool", hint=f"rm '{path}', then sre infra resize {env} POOL SIZE"
        ) from None
