"""What is asked before Pulumi starts."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from infra.clouds.aws import CLOUD, credentials, job_images
from infra.clouds.aws.credentials import VARIABLES, check_credentials, check_region
from sre_cli.errors import EngineUnavailable, SpecError, UsageError
from tests.unit.infra.clouds.aws.plan import SPEC, spec_with


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine that knows nothing of AWS."""
    for name in (*VARIABLES, "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(credentials, "INSTANCE_METADATA", "http://127.0.0.1:9/latest/api/token")
    return monkeypatch


def test_without_credentials_it_says_what_to_type(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as error:
        check_credentials()
    assert error.value.hint is not None
    assert error.value.hint.startswith("aws configure sso")


def test_a_profile_is_enough(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_PROFILE", "sre")
    check_credentials()


def test_a_credentials_file_is_enough(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\n")
    check_credentials()


def test_an_unreachable_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, timeout: float) -> None:
        raise httpx.ConnectError(f"no address for {url}")

    monkeypatch.setattr(httpx, "head", refuse)
    with pytest.raises(EngineUnavailable, match="mars-1"):
        check_region("mars-1")


def test_an_environments_name_must_fit_a_load_balancers(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError, match="longer than 14"):
        CLOUD.prepare(spec_with(env="production-asia"))


def test_a_pools_name_must_fit_a_roles(bare: pytest.MonkeyPatch) -> None:
    pools = {**SPEC.model_dump(exclude_none=True)["pools"], "a" * 48: SPEC.pools["api"].model_dump()}
    with pytest.raises(SpecError, match="longer than 47"):
        CLOUD.prepare(spec_with(pools=pools))


def test_what_aws_refuses_is_told_at_once(bare: pytest.MonkeyPatch) -> None:
    small = {"runs_on": "cloud", "shape": "db-2x8", "storage_gib": 10}
    with pytest.raises(SpecError, match=r"begins with `sg-`; data.postgres.storage_gib: 10"):
        CLOUD.prepare(spec_with(env="sg-prod", data__postgres=small))


def test_every_image_of_the_jobs_is_known_once() -> None:
    images = job_images()
    assert "services" in images
    assert len(images) == len(set(images))
