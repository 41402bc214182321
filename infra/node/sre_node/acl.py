"""Bootstraps the ACLs of Nomad and Consul. Any server may do it, several at once, and any number of times."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import consul_acl
from .api import Api, Refusal, local_consul, local_nomad
from .configure import read_bundle
from .facts import read_config

PAUSE_S = 1.0
SAY_EVERY_S = 30.0


def main() -> None:
    """Until both are done: servers start in any order, and another may be at it too."""
    config = read_config()
    bundle = read_bundle(config["read_bundle"])
    consul = local_consul(bundle["consul_management_token"])
    nomad = local_nomad(bundle["nomad_management_token"])
    until_done("Consul's policies", lambda: consul_acl.apply(consul, config["env"], bundle))
    until_done("Nomad's management token", lambda: bootstrap_nomad(nomad, bundle["nomad_management_token"]))


def bootstrap_nomad(nomad: Api, token: str) -> None:
    """Make `token` Nomad's management token, unless it is.

    Raises Refusal: while there is no leader, or when the cluster was told another one before.
    """
    try:
        nomad.ask("GET", "/v1/acl/token/self")
    except Refusal:
        nomad.ask("POST", "/v1/acl/bootstrap", {"BootstrapSecret": token})


def until_done(what: str, do: Callable[[], None]) -> None:
    """Call `do` until it raises nothing, saying now and then what it lacks."""
    said = float("-inf")
    while True:
        try:
            do()
        except (Refusal, OSError, ValueError) as error:
            if time.monotonic() - said > SAY_EVERY_S:
                print(f"{what}: not yet: {error}", flush=True)
                said = time.monotonic()
            time.sleep(PAUSE_S)
        else:
            print(f"{what}: in place", flush=True)
            return


if __name__ == "__main__":
    main()
