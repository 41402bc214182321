"""The checkout's other files, which a ClusterSpec is held against."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sre_cli.core.cluster_checks import Surroundings, refuse_mistakes, sound_mistakes
from sre_cli.errors import SpecError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.job import JobSpec
from sre_cli.specs.shapes import PriceTable

AnySpec = TypeVar("AnySpec", JobSpec, ClusterSpec)


def read_cluster(root: Path, path: Path, prices: Callable[[str], PriceTable]) -> ClusterSpec:
    """The ClusterSpec at `path`. Raises SpecError: with every mistake at once."""
    try:
        spec = ClusterSpec.load(path)
    except SpecError as error:
        raise _with_others(error, root, path, prices) from None
    refuse_mistakes(spec, str(path), read_surroundings(root, spec, prices(spec.cloud)))
    return spec


def _with_others(error: SpecError, root: Path, path: Path, prices: Callable[[str], PriceTable]) -> SpecError:
    """`error` about single keys, and what is wrong with those that are well in themselves."""
    with suppress(SpecError, AttributeError):  # no document, or one that does not tell its cloud
        sound = ClusterSpec.load_sound(path)
        around = read_surroundings(root, sound, prices(sound.cloud))
        more = (f"{path}: {mistake}" for mistake in sound_mistakes(sound, around))
        return SpecError("\n".join([error.message, *more]), hint=error.hint)
    return error


def read_surroundings(root: Path, spec: ClusterSpec, prices: PriceTable) -> Surroundings:
    """The jobs and the other environments of the checkout at `root`."""
    jobs = {path.stem: _readable(JobSpec, path) for path in sorted((root / "nomad_jobs").glob("*.yaml"))}
    clusters = [_readable(ClusterSpec, path) for path in sorted((root / "stacks/clusters").glob("*.yaml"))]
    others = [other for other in clusters if other and other.env != spec.env]
    return Surroundings(prices, jobs, others)


def _readable(kind: type[AnySpec], path: Path) -> AnySpec | None:
    # One that is wrong is told where it is asked for; it must not stand in the way of all others.
    try:
        return kind.load(path)
    except SpecError:
        return None
