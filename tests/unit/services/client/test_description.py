"""The client is what the API's description says."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.client import AsyncEkycClient, EkycClient, EkycSession, answers, checks, session_answers
from services.client.generate import checks_source, type_of

CHECKS = Path(checks.__file__)


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    """Of the running API."""
    body: dict[str, Any] = (await client.get("/openapi.json")).json()
    return body


async def test_the_checks_are_those_of_the_api(document: dict[str, Any]) -> None:
    """`UPDATE_GOLDEN=1 pytest tests/unit/services/client` writes them anew; read the diff."""
    assert_golden(formatted(checks_source(document)))


def assert_golden(source: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        CHECKS.write_text(source)
    assert CHECKS.read_text() == source, "UPDATE_GOLDEN=1 pytest tests/unit/services/client"


async def test_the_generator_is_a_program_too(document: dict[str, Any]) -> None:
    assert_written(json.dumps(document))


def assert_written(document: str) -> None:
    command = [sys.executable, "-m", "services.client.generate"]
    written = subprocess.run(command, input=document, capture_output=True, text=True, check=True).stdout
    assert formatted(written) == CHECKS.read_text()


ALIKE = """
    Attempt CheckDeletion CheckFeedback Erased ErrorEntry IssuedWebhook KeySet ModelInfo MonthOfUsage
    PublicKey UsageLine Webhook WebhookDeliveries WebhookDelivery
"""
READ = {"CheckBody": "FaceMatchCheck", "ProblemBody": "Problem"} | {name: name for name in ALIKE.split()}
"""What is read by hand, and what of the API's it is."""
FREER = {
    "CheckBody": {"check", "status", "result", "model"},
    "ProblemBody": {"title", "detail"},
    "PublicKey": {"kty", "crv", "alg", "use"},
}
"""Read more freely than described: one class for every check, done or not; problems that say less; keys of
another kind."""


async def test_all_else_is_read_as_it_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for ours, theirs in READ.items():
        described = schemas[theirs]["properties"]
        for field, annotation in getattr(answers, ours).__annotations__.items():
            assert field in described
            assert annotation == type_of(described[field]) or field in FREER.get(ours, ())
    assert schemas["PendingCheck"]["properties"].keys() <= answers.CheckBody.model_fields.keys()


async def test_nothing_that_the_api_offers_is_out_of_reach(document: dict[str, Any]) -> None:
    known = {"get_check", "get_verification", "get_session", "usage", "errors"}
    of_phones = {"upload_document": "upload", "upload_selfie": "upload", "submit_session": "submit"}
    for path, item in document["paths"].items():
        for operation in item.values() if path.startswith("/v1/") else ():
            words = operation["operationId"].replace("-", "_")
            if words in of_phones:
                assert callable(getattr(EkycSession, of_phones[words]))
                continue
            method = words if words in known else words.removeprefix("get_").removeprefix("list_")
            assert callable(getattr(EkycClient, method, None)), words


SESSIONS = ("SessionState", "CreatedSession", "SessionOfBusiness", "SessionVerification")


async def test_sessions_are_read_as_they_are_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in SESSIONS:
        assert getattr(session_answers, name).model_fields.keys() == schemas[name]["properties"].keys()


def test_both_clients_have_the_same_methods() -> None:
    blocking, asynchronous = (
        {name: inspect.signature(method) for name, method in inspect.getmembers(kind, inspect.isfunction)
         if not name.startswith("_")}
        for kind in (EkycClient, AsyncEkycClient)
    )  # fmt: skip
    assert blocking == asynchronous
    assert blocking.keys() >= {"face_match", "check", "get_check", "wait", "usage", "errors", "close"}


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ({"type": "string", "format": "date"}, "str"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "T"}, "int | None"),
        ({"$ref": "#/components/schemas/Box"}, "Box"),
        ({"allOf": [{"$ref": "#/components/schemas/Box"}], "description": "d"}, "Box"),
        ({"const": "done", "type": "string"}, "Literal['done']"),
        ({"enum": ["live", "spoof"], "type": "string"}, "Literal['live', 'spoof'] | str"),
        ({"type": "array", "items": {"type": "number"}}, "list[float]"),
        ({"type": "array"}, "list[Any]"),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, "tuple[int, bool]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"title": "Result"}, "Any"),
    ],
)
def test_a_schema_is_an_annotation(schema: dict[str, Any], annotation: str) -> None:
    assert type_of(schema) == annotation


@pytest.mark.parametrize("schema", [{"type": "palm"}, {"not": {}}, {"type": "object", "properties": {}}])
def test_a_schema_that_is_not_known_is_said(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no "):
        type_of(schema)


def test_a_check_of_a_later_version_is_written_too() -> None:
    image = {"type": "string", "format": "binary"}
    body = {"properties": {"back": image, "front": image}, "required": ["front"]}
    answer = {"type": "object", "properties": {"result": {"$ref": "#/components/schemas/Card"}}}
    post = {
        "summary": 'Read a "card"',
        "requestBody": {"content": {"multipart/form-data": {"schema": body}}},
        "responses": {
            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/CardCheck"}}}}
        },
    }
    side = {"enum": ["front", "back"], "type": "string"}
    fields = {"side": {"$ref": "#/components/schemas/Side"}, "note": {"type": "string", "description": "N"}}
    schemas = {
        "Card": {"properties": fields, "required": ["side"]},
        "CardCheck": answer,
        "Side": side,
        "Other": {},
    }
    source = formatted(
        checks_source({"paths": {"/v1/id-card": {"post": post}}, "components": {"schemas": schemas}})
    )
    assert 'Side = Literal["front", "back"] | str\n' in source
    assert (
        'class Card(Answer):\n    """Card"""\n\n    side: Side\n    note: str | None = None\n    """N"""'
        in source
    )
    assert "def id_card(\n        self, front: Image, back: Image | None = None, **options" in source
    assert "Other" not in source
    compile(source, "checks.py", "exec")


def formatted(source: str) -> str:
    """As `ruff format` would have it, and with nothing for `ruff check` to say."""
    for words in ("format", "check"):
        command = [sys.executable, "-m", "ruff", words, "--quiet", "--stdin-filename", str(CHECKS), "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        source = source if words == "check" else done.stdout
    return source
