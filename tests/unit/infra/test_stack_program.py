"""`stacks/__main__.py`: the same program as `sre infra`, for Pulumi's own command line."""

from __future__ import annotations

import runpy
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

from infra import cloud
from infra.identity import Identity
from infra.stack.workshop import PROJECT
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.shapes import PriceTable
from tests.engines import ROOT


class Seen(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, {"cert_pem": "c", "key_pem": "k", "value": "v", **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        raise AssertionError(args.token)


class OneCloud:
    """Notes what it is asked to build."""

    def __init__(self) -> None:
        self.built: list[tuple[str, str]] = []

    def build(self, spec: ClusterSpec, prices: PriceTable, _: Identity) -> dict[str, Any]:
        self.built.append((spec.env, prices.cloud))
        return {}


@pytest.mark.parametrize(("env", "name"), [("local", "local"), ("aws-prod", "aws"), ("gcp-prod", "gcp")])
def test_the_stacks_name_is_the_environment(env: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = OneCloud()
    monkeypatch.setattr(cloud, "load_cloud", lambda _: one)
    mocks.set_mocks(Seen(), project=PROJECT, stack=env)
    program = str(ROOT / "stacks" / "__main__.py")
    pulumi.runtime.test(lambda: runpy.run_path(program) and None)()  # type: ignore[no-untyped-call]
    assert one.built == [(env, name)]


def test_it_is_the_project_whose_state_sre_keeps() -> None:
    assert yaml.safe_load((ROOT / "stacks" / "Pulumi.yaml").read_text())["name"] == PROJECT


def test_it_is_short() -> None:
    assert len((ROOT / "stacks" / "__main__.py").read_text().splitlines()) <= 15
