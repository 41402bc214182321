"""Writes `checks.py` from the API's description: `python -m services.client.generate <openapi.json`.

It knows the part of JSON Schema that pydantic writes. What an answer may hold is read leniently: bounds are
the API's business, and words that are added to an enumeration later are read as they are.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_REF = "#/components/schemas/"
_WIDTH = 100


@dataclass(frozen=True)
class Described:
    """A check, as the API describes it."""

    name: str
    path: str
    """Below /v1/"""
    summary: str
    images: dict[str, bool]
    """Whether it is required, by name; the required ones come first."""
    result: str
    """The name of its schema."""

    @property
    def method(self) -> str:
        """Its name in Python."""
        return self.name.replace("-", "_")


def checks_source(document: Json) -> str:
    """The module, less its formatting. Raises ValueError: the description holds what this does not know."""
    schemas: Json = document["components"]["schemas"]
    checks = [check for path, item in document["paths"].items() for check in _described(path, item, schemas)]
    names = sorted({name for check in checks for name in _reached(check.result, schemas)})
    words = [name for name in names if "enum" in schemas[name]]
    classes = [name for name in names if name not in words]
    pieces = [
        "\n".join(f"{name} = {type_of(schemas[name])}" for name in words),
        *(_class(name, schemas[name]) for name in classes),
        "RESULTS: dict[str, type[Any]] = {" + "".join(f'"{c.name}": {c.result},' for c in checks) + "}",
        _client(checks, "EkycClient(BlockingClient)", _BLOCKING, "", ""),
        _client(checks, "AsyncEkycClient(AwaitingClient)", _AWAITING, "async ", "await "),
    ]
    text = "\n\n".join(piece for piece in pieces if piece)
    return _HEAD.replace("Any,", "Any, Literal," if "Literal[" in text else "Any,") + "\n\n" + text + "\n"


def type_of(schema: Json) -> str:
    """The annotation of a schema. Raises ValueError: one that pydantic does not write."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(type_of(one) for one in schema[union]))
    if "const" in schema or "enum" in schema:
        return _words_of(schema)
    if schema.get("type") in {"array", "object"}:
        return _container_of(schema)
    if not schema.keys() - {"title", "description", "default"}:
        return "Any"
    if schema.get("type") not in _SIMPLE:
        raise ValueError(f"no type for {json.dumps(schema)}")
    return _SIMPLE[schema["type"]]


def _words_of(schema: Json) -> str:
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    return f"Literal[{', '.join(map(repr, schema['enum']))}] | {_SIMPLE[schema['type']]}"


def _container_of(schema: Json) -> str:
    if "properties" in schema:
        raise ValueError(f"no name for the class of {json.dumps(schema)}")
    if schema["type"] == "object":
        values = schema.get("additionalProperties", True)
        return f"dict[str, {'Any' if values is True else type_of(values)}]"
    if "prefixItems" in schema:
        return f"tuple[{', '.join(type_of(one) for one in schema['prefixItems'])}]"
    return f"list[{type_of(schema.get('items', {}))}]"


def _described(path: str, item: Json, schemas: Json) -> Iterator[Described]:
    """The check at a path, where there is one: what takes images."""
    content = item.get("post", {}).get("requestBody", {}).get("content", {})
    if "multipart/form-data" not in content:
        return
    post, body = item["post"], content["multipart/form-data"]["schema"]
    done = post["responses"]["200"]["content"]["application/json"]["schema"]
    answer, last = schemas[type_of(done)]["properties"], path.rsplit("/", 1)[-1]
    required = body["required"]
    parts = dict.fromkeys([*required, *body["properties"]])
    yield Described(
        name=answer.get("check", {}).get("const", last),
        path=last,
        summary=post["summary"],
        images={part: part in required for part in parts},
        result=type_of(answer["result"]),
    )


def _reached(name: str, schemas: Json) -> set[str]:
    """The schemas that `name` is made of, itself among them."""
    found, ahead = set[str](), [name]
    while ahead:
        found.add(one := ahead.pop())
        ahead += set(re.findall(f'"{_REF}([^"]+)"', json.dumps(schemas[one]))) - found
    return found


def _class(name: str, schema: Json) -> str:
    fields = (_field(key, value, schema) for key, value in schema["properties"].items())
    return f"class {name}(Answer):\n" + _doc(schema.get("description", name)) + "\n" + "".join(fields)


def _field(name: str, schema: Json, owner: Json) -> str:
    if not name.isidentifier():
        raise ValueError(f"no field can be called {name!r}")
    annotation = type_of(schema)
    if name not in owner.get("required", ()):
        annotation = annotation.removesuffix(" | None") + " | None = None"
    note = _doc(schema["description"]) if "description" in schema else ""
    return f"    {name}: {annotation}\n{note}"


def _client(checks: list[Described], bases: str, docstring: str, prefix: str, waiting: str) -> str:
    methods = "".join(f"\n{_method(check, prefix, waiting)}" for check in checks)
    return f"class {bases}:\n{_doc(docstring)}\n    results = RESULTS\n{methods}"


def _method(check: Described, prefix: str, waiting: str) -> str:
    asked = "".join(
        f"{name}: Image{'' if is_required else ' | None = None'}, "
        for name, is_required in check.images.items()
    )
    images = ", ".join(f'"{name}": {name}' for name in check.images)
    return (
        f"    {prefix}def {check.method}(self, {asked}**options: Unpack[Options]) -> Check[{check.result}]:\n"
        f"{_doc(check.summary + '. Raises EkycError; OSError: of an image.', depth=8)}"
        f'        return {waiting}self.check("{check.path}", {{{images}}}, {check.result}, **options)\n'
    )


def _doc(text: str, depth: int = 4) -> str:
    lines = textwrap.wrap(" ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''"), _WIDTH)
    return textwrap.indent('"""' + "\n".join(lines) + '"""\n', " " * depth)


_HEAD = '''\
"""The checks that the API offers: how each is asked for, and what it answers.

Made from the API's description by `generate`. Not to be edited: the next one would undo it.
"""

from __future__ import annotations

from typing import Any, Unpack

from .answers import Answer, Check
from .awaiting import AwaitingClient
from .blocking import BlockingClient
from .calls import Options
from .images import Image'''
_BLOCKING = "The API, for code that blocks. Several threads may share one; close it, or use it in a `with`."
_AWAITING = "The API, for asyncio. Belongs to one event loop; close it, or use it in an `async with`."


if __name__ == "__main__":
    sys.stdout.write(checks_source(json.load(sys.stdin)))
