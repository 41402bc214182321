from __future__ import annotations

import re

from infra.node.variables import HOLDERS, plan_variables
from services.adapters.sealing import Sealer
from tests.engines import ROOT

CALLERS = ["api", "face-match-worker"]
PEOPLE_MAY_SET = {"webhook_url"}


def test_each_job_holds_only_what_it_needs() -> None:
    planned = plan_variables({}, CALLERS)
    assert set(planned) == {*HOLDERS, *CALLERS}
    assert set(planned["postgres"]) == {"user", "password", "database"}
    assert set(planned["rabbitmq"]) == {"user", "password", "cookie"}
    assert set(planned["redis"]) == {"password"}
    assert set(planned["object-store"]) == {"access_key", "secret_key", "bucket", "region"}
    assert set(planned["sealing"]) == {"keys"}


def test_callers_get_copies_of_the_engines_secrets() -> None:
    planned = plan_variables({}, CALLERS)
    own = {"admin_token": planned["api"]["admin_token"]}
    assert planned["api"] == planned["face-match-worker"] | own
    assert planned["api"]["broker_password"] == planned["rabbitmq"]["password"]
    assert planned["api"]["database_password"] == planned["postgres"]["password"]
    assert planned["api"]["s3_secret_key"] == planned["object-store"]["secret_key"]
    assert planned["api"]["s3_fallback_secret_key"] == planned["object-store-fallback"]["secret_key"]
    assert planned["api"]["sealing_keys"] == planned["sealing"]["keys"]


def test_the_services_can_seal_with_the_key_that_is_made() -> None:
    sealer = Sealer.of(plan_variables({}, [])["sealing"]["keys"])
    assert sealer.open(sealer.seal(b"a face", "key"), "key") == b"a face"


def test_where_a_managed_store_is_reaches_the_callers() -> None:
    bucket = {"bucket": "b", "endpoint": "https://s3", "region": "r", "access_key": "a", "secret_key": "s"}
    api = plan_variables({}, CALLERS, {"object-store-fallback": bucket})["api"]
    assert {f"s3_fallback_{key}": value for key, value in bucket.items()}.items() <= api.items()
    assert "s3_endpoint" not in api


def test_what_the_stack_decides_replaces_what_was_there() -> None:
    given = {"ingress": {"cert_pem": "new"}, "postgres": {"password": "p", "host": "db", "port": "5432"}}
    planned = plan_variables({"ingress": {"cert_pem": "old"}}, CALLERS, given)
    assert planned["ingress"]["cert_pem"] == "new"
    assert planned["api"]["database_password"] == "p"
    assert (planned["api"]["database_host"], planned["api"]["database_port"]) == ("db", "5432")
    assert "cache_host" not in planned["api"]


def test_a_second_run_changes_nothing() -> None:
    planned = plan_variables({}, CALLERS)
    assert plan_variables(planned, CALLERS) == planned


def test_what_people_set_stays_and_reaches_the_callers() -> None:
    planned = plan_variables({"postgres": {"password": "rotated"}, "api": {"flag": "on"}}, CALLERS)
    assert planned["postgres"]["user"] == "ekyc"
    assert planned["api"]["database_password"] == "rotated"
    assert planned["api"]["flag"] == "on"


def test_secrets_are_random_distinct_and_fit_into_a_url() -> None:
    secrets = [
        plan_variables({}, [])[engine]["password"] for engine in ("postgres", "rabbitmq") for _ in range(5)
    ]
    secrets += [plan_variables({}, CALLERS)["api"]["admin_token"] for _ in range(5)]
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch(r"[0-9a-f]{48,64}", secret) for secret in secrets)


def test_every_key_that_a_job_reads_is_planned() -> None:
    given = {
        "ingress": {"cert_pem": "c", "key_pem": "k"},
        "prometheus": {"ca_pem": "c"},
        "postgres": {"host": "db", "port": "5432"},
        "redis": {"host": "cache", "port": "6379"},
        "object-store": {"endpoint": "https://s3"},
        "object-store-fallback": {"endpoint": "https://s3"},
    }
    jobs = sorted(path.stem for path in (ROOT / "nomad_jobs").glob("*.yaml"))
    planned = plan_variables({}, jobs, given)
    for job in jobs:
        files = [ROOT / "nomad_jobs" / f"{job}.yaml", *(ROOT / "nomad_jobs" / job).glob("*.tpl")]
        text = "".join(file.read_text() for file in files)
        assert set(re.findall(r'nomadVar "nomad/jobs/([\w-]+)"', text)) <= {job}
        read = set(re.findall(r"\{\{ (?:if )?\.([a-z]\w*)", text))
        assert read <= set(planned[job]) | PEOPLE_MAY_SET, job
