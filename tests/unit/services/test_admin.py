"""`python -m services.admin`, as an operator types it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from services import admin, wiring
from services.core.feedback import Feedback
from services.core.messages import ModelInfo, Reply, Status, Task
from services.core.webhooks import Endpoint, new_secret
from services.settings import Settings


class Operator:
    """Types commands; sees what is printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]):
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, str, str]:
        """The exit code, and what was printed on both."""
        try:
            code = admin.main(list(words))
        except SystemExit as end:  # argparse's way
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return code, out, err

    def reads(self, *words: str) -> Any:
        """What is printed for programs."""
        code, out, err = self.types(*words, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    for name in [name for name in os.environ if name.startswith("EKYC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EKYC_DATA_DIR", str(tmp_path))
    return Operator(capsys)


def test_a_tenants_life(operator: Operator) -> None:
    made = operator.reads("tenant", "create", "acme", "--rate", "2.5", "--quota-month", "none")
    assert (made["name"], made["tier"], made["rate_rps"], made["quota_month"]) == (
        "acme",
        "standard",
        2.5,
        None,
    )
    changed = operator.reads("tenant", "change", "acme", "--tier", "premium", "--burst", "3")
    assert (changed["tier"], changed["rate_rps"], changed["burst"]) == ("premium", 50, 3)
    assert operator.reads("tenant", "list") == [changed]
    issued = operator.reads("key", "create", "acme")
    rotated = operator.reads("key", "rotate", issued["id"], "--grace-s", "60")
    assert operator.reads("key", "revoke", rotated["id"])["state"] == "revoked"
    assert [key["state"] for key in operator.reads("key", "list", "acme")] == ["expiring", "revoked"]
    usage = operator.reads("usage", "acme", "--month", "2026-11")
    assert usage == {"month": "2026-11", "billable": 0, "lines": []}


def test_how_long_results_stay_is_a_tenants_own(operator: Operator) -> None:
    assert operator.reads("tenant", "create", "acme")["retention_days"] == 30
    assert operator.reads("tenant", "change", "acme", "--retention-days", "7")["retention_days"] == 7
    changed = operator.reads("tenant", "change", "acme", "--tier", "premium")
    assert (changed["tier"], changed["retention_days"]) == ("premium", 7)


async def _with_a_webhook(tenant_id: str, folder: Path) -> str:
    """Its id. What the API and a worker write."""
    ports = wiring.embedded(Settings(), folder)
    await ports.results.open()
    endpoint = Endpoint(
        id="0" * 16, tenant_id=tenant_id, url="https://h/", events=["check.failed"], created_at_s=1.0
    )
    await ports.webhooks.add(endpoint, [new_secret()])
    await ports.results.close()
    return endpoint.id


def test_webhooks_are_listed_and_switched_off(operator: Operator, tmp_path: Path) -> None:
    tenant = operator.reads("tenant", "create", "acme")
    webhook_id = asyncio.run(_with_a_webhook(tenant["id"], tmp_path))
    code, out, _ = operator.types("webhook", "list", "acme")
    assert (code, f"id={webhook_id}" in out, "whsec" in out) == (0, True, False)
    assert operator.reads("webhook", "disable", webhook_id)["disabled_because"] == "operator"
    assert operator.reads("sealing") == [{"key": "embedded", "rows": 1}]


def test_a_person_reads_lines(operator: Operator) -> None:
    operator.types("tenant", "create", "acme")
    code, out, _ = operator.types("key", "create", "acme")
    assert code == 0
    key = next(line for line in out.splitlines() if line.startswith("key: "))
    _, listed, _ = operator.types("key", "list", "acme")
    assert key.removeprefix("key: ") not in listed
    assert "state=active" in listed
    assert "0 billable" in operator.types("usage", "acme")[1]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ((), 2, "required: thing"),
        (("tenant", "create"), 2, "required: name"),
        (("tenant", "create", "No Name"), 2, "error: name: "),
        (("tenant", "create", "x", "--rate", "0"), 2, "error: rate_rps: "),
        (("tenant", "create", "x", "--tier", "gold"), 2, "invalid choice: 'gold'"),
        (("tenant", "change", "acme"), 2, "error: say what shall change"),
        (("tenant", "create", "acme"), 3, "error: A tenant has this name already"),
        (("tenant", "change", "nobody", "--burst", "1"), 3, "error: No tenant has this name"),
        (("key", "create", "nobody"), 3, "error: No tenant has this name"),
        (("key", "revoke", "nothing"), 3, "error: No API key has this id"),
        (("key", "rotate", "nothing", "--grace-s", "-1"), 2, "invalid _seconds value"),
        (("tenant", "change", "acme", "--retention-days", "0"), 2, "error: retention_days: "),
        (("webhook", "list", "nobody"), 3, "error: No tenant has this name"),
        (("webhook", "disable", "nothing"), 3, "error: No webhook has this id"),
        (("usage", "acme", "--month", "2026-13"), 2, "invalid _month value"),
    ],
)
def test_what_is_wrong_is_one_line_and_a_code(
    operator: Operator, words: tuple[str, ...], code: int, line: str
) -> None:
    operator.types("tenant", "create", "acme")
    seen, out, err = operator.types(*words)
    assert seen == code
    assert line in err.splitlines()[-1]
    assert out == ""


def test_a_database_that_is_away_is_4(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EKYC_DATABASE_URL", "postgresql+asyncpg://u:hunter2@127.0.0.1:9/none")
    code, _, err = operator.types("tenant", "list")
    assert code == 4
    assert err.startswith("error: the database does not answer")
    assert "hunter2" not in err


def test_without_a_database_it_is_said(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EKYC_DATA_DIR")
    code, _, err = operator.types("tenant", "list")
    assert (code, "EKYC_DATABASE_URL: required" in err) == (2, True)


async def _with_feedback(tenant_id: str, folder: Path) -> None:
    ports = wiring.embedded(Settings(), folder)
    await ports.results.open()
    results: dict[str, dict[str, Any]] = {
        "face-match": {"score": 0.7, "match": True},
        "document-ocr": {"fields": {"sex": {"value": "F", "valid": None}}, "rotation": 90.0},
    }
    for check, result in results.items():
        task = Task(
            id=check, tenant=tenant_id, check=check, images={}, created_at_s=time.time(), deadline_s=1e12
        )
        await ports.results.create(task)
        model = ModelInfo(name="m", version="1.0.0")
        await ports.results.finish(
            Reply(id=check, check=check, status=Status.DONE, result=result, model=model)
        )
        truth = "different" if check == "face-match" else {"sex": "M", "primary_identifier": "ZOFIE"}
        await ports.feedback.save(
            Feedback(id=check, tenant_id=tenant_id, check=check, verdict="wrong", truth=truth, at_s=1e9)
        )
    await ports.results.close()


def test_labelled_answers_are_exported(operator: Operator, tmp_path: Path) -> None:
    tenant, folder = operator.reads("tenant", "create", "acme"), tmp_path / "out"
    asyncio.run(_with_feedback(tenant["id"], tmp_path))
    for _ in range(2):
        files = operator.reads("feedback", "export", "--to", str(folder), "--tenant", "acme")
    assert [(Path(one["file"]).name, one["answers"], one["wrong"]) for one in files] == [
        ("document-ocr.jsonl", 1, 1),
        ("face-match.jsonl", 1, 1),
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    line = json.loads((folder / "face-match.jsonl").read_text())
    assert (line["verdict"], line["truth"], line["answer"]) == ("wrong", "different", "same")
    assert (line["numbers"]["score"], line["model"]["version"]) == ([0.7], "1.0.0")
    text = (folder / "document-ocr.jsonl").read_text()
    assert (json.loads(text)["truth"], "ZOFIE" in text) == (["primary_identifier", "sex"], False)
    operator.reads(
        "feedback", "export", "--to", str(folder), "--check", "document-ocr", "--with-personal-data"
    )
    personal = json.loads((folder / "document-ocr.jsonl").read_text())
    assert (personal["truth"]["primary_identifier"], personal["answer"]) == ("ZOFIE", {"sex": "F"})
    assert operator.reads("feedback", "export", "--to", str(folder), "--since", "2026-01-01") == []
    assert operator.types("feedback", "export", "--to", str(folder), "--tenant", "nobody")[0] == 3
    assert operator.types("feedback", "export", "--to", "/proc/none")[0] == 2
