"""The price table of each cloud, `infra/clouds/<cloud>.shapes.yaml`."""

from __future__ import annotations

from pathlib import Path

from sre_cli.errors import UsageError
from sre_cli.specs.shapes import PriceTable

TABLES = Path(__file__).parent / "clouds"
SUFFIX = ".shapes.yaml"


def load_prices(cloud: str) -> PriceTable:
    """The table of `cloud`.

    Raises UsageError: when there is none. Raises SpecError: when it is wrong.
    """
    path = TABLES / f"{cloud}{SUFFIX}"
    if not path.is_file():
        known = ", ".join(sorted(file.name.removesuffix(SUFFIX) for file in TABLES.glob(f"*{SUFFIX}")))
        raise UsageError(f"no prices of cloud {cloud!r}: {path} is missing", hint=f"known clouds: {known}")
    return PriceTable.load(path)
