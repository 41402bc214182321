from __future__ import annotations

import re

from infra.node.variables import ENGINES, plan_variables
from tests.engines import ROOT

CALLERS = ["api", "face-match-worker"]


def test_each_job_holds_only_what_it_needs() -> None:
    planned = plan_variables({}, CALLERS)
    assert set(planned) == {*ENGINES, *CALLERS}
    assert set(planned["postgres"]) == {"user", "password", "database"}
    assert set(planned["rabbitmq"]) == {"user", "password"}
    assert set(planned["object-store"]) == {"access_key", "secret_key", "bucket"}


def test_callers_get_copies_of_the_engines_secrets() -> None:
    planned = plan_variables({}, CALLERS)
    assert planned["api"] == planned["face-match-worker"]
    assert planned["api"]["broker_password"] == planned["rabbitmq"]["password"]
    assert planned["api"]["database_password"] == planned["postgres"]["password"]
    assert planned["api"]["s3_secret_key"] == planned["object-store"]["secret_key"]


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
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch(r"[0-9a-f]{48}", secret) for secret in secrets)


def test_every_key_that_a_job_reads_is_planned() -> None:
    planned = plan_variables({}, CALLERS)
    for job, items in planned.items():
        text = (ROOT / "nomad_jobs" / f"{job}.yaml").read_text()
        assert set(re.findall(r'nomadVar "nomad/jobs/([\w-]+)"', text)) <= {job}
        read = re.findall(r"\{\{ \.([a-z]\w*) \}\}", text)
        assert read, job
        assert set(read) <= set(items)
