"""Google's own description of its APIs: does a request's body follow it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache

DOCUMENTS = Path(str(googleapiclient.discovery_cache.__file__)).parent / "documents"
PLAIN: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
WHOLE = {"int64", "uint64"}
"""Numbers that the APIs write as strings and read as either."""


def mistakes(document: str, method: str, body: dict[str, Any]) -> list[str]:
    """What of `body` the method (`networks.insert`) would refuse."""
    api = _read(document)
    request = _method(api, method).get("request")
    if request is None:
        return [f"{method} takes no body"] if body else []
    return _against(api["schemas"], {"$ref": request["$ref"]}, body, request["$ref"])


@cache
def _read(document: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{document}.json").read_text())
    return found


def _method(api: dict[str, Any], path: str) -> dict[str, Any]:
    *resources, method = path.split(".")
    for name in resources:
        api = api["resources"][name]
    found: dict[str, Any] = api["methods"][method]
    return found


def _against(schemas: dict[str, Any], schema: dict[str, Any], value: Any, path: str) -> list[str]:
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if schema["type"] == "object":
        return _object(schemas, schema, value, path)
    if schema["type"] == "array":
        if not isinstance(value, list):
            return [f"{path}: must be a list, found {value!r}"]
        items = [_against(schemas, schema["items"], one, f"{path}[{i}]") for i, one in enumerate(value)]
        return [mistake for found in items for mistake in found]
    return _plain(schema, value, path)


def _object(schemas: dict[str, Any], schema: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: must be an object, found {value!r}"]
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = []
    for key, item in value.items():
        inner = known.get(key, others)
        where = f"{path}.{key}"
        found += [f"{where}: unknown field"] if inner is None else _against(schemas, inner, item, where)
        if inner is not None and _is_output(inner):
            found.append(f"{where}: output only")
    return found


def _is_output(schema: dict[str, Any]) -> bool:
    return str(schema.get("description", "")).lower().lstrip("[").startswith("output only")


def _plain(schema: dict[str, Any], value: Any, path: str) -> list[str]:
    types = PLAIN[schema["type"]] if schema["type"] != "any" else (object,)
    if schema.get("format") in WHOLE:
        types = (int, str)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return [f"{path}: must be {schema['type']}, found {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r} is none of {', '.join(schema['enum'])}"]
    return []
