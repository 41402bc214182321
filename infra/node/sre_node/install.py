"""Installs what the node lacks. Runs at every boot; where nothing lacks it does nothing."""

from __future__ import annotations

import subprocess
import time
from typing import Any

from . import apt, releases
from .facts import read_config

LONGEST_WAIT_S = 60.0


def main() -> None:
    """Install everything, however long the network or a mirror is away."""
    config, wait_s = read_config(), 2.0
    subprocess.run(["systemd-sysusers"], check=True)
    while True:
        try:
            _install(config["software"], config["gpus"])
            return
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            print(f"not everything installed, again in {wait_s:.0f} s: {error}", flush=True)
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _install(software: dict[str, Any], gpus: int) -> None:
    apt.install_missing(software["packages"])
    for name, repository in software["repositories"].items():
        apt.install_from(name, repository)
    for name, release in software["releases"].items():
        releases.install(name, release)
    if gpus:
        # Only the nodes that need it have it.
        from . import gpu

        gpu.install_driver()


if __name__ == "__main__":
    main()
