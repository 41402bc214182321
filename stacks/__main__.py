"""`pulumi preview --stack ENV` by hand. `sre infra` does the same, and waits until the cluster is healthy."""

from pathlib import Path

import pulumi

from infra.cloud import load_cloud
from infra.cluster import declare
from infra.prices import load_prices
from sre_cli.specs.cluster import ClusterSpec

spec = ClusterSpec.load(Path(__file__).parent / "clusters" / f"{pulumi.get_stack()}.yaml")
declare(spec, load_prices(spec.cloud), load_cloud(spec.cloud))
