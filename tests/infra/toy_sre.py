"""`sre` on the toy cloud: `python -m tests.infra.toy_sre infra up local`."""

from __future__ import annotations

from unittest.mock import patch

from infra import lifecycle
from sre_cli.cli import main
from tests.infra.toy_cloud import ToyCloud

if __name__ == "__main__":
    # The real engine and the real commands; only the machines are files, and nothing to wait for.
    with patch.object(lifecycle, "load_cloud", lambda _: ToyCloud()), patch.object(lifecycle, "settle"):
        main()
