"""What every contract shares: frozen, unknown keys refused, all errors at once."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sre_cli.errors import SpecError


class Part(BaseModel):
    """A piece of a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spec(Part):
    """A document whose file name is its id: YAML, or TOML or JSON where it is called so."""

    example: ClassVar[str | None] = None
    """The file that explains every key."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check `path`.

        Raises SpecError: with one line a mistake, each naming file, key and cause.
        """
        document = _read_document(path)
        try:
            return cls.model_validate(document, context={"file_id": path.stem})
        except ValidationError as error:
            lines = [f"{path}: {_key(e)}: {_cause(e)}" for e in error.errors()]
            known = ", ".join(cls.model_fields)
            unknown = any(e["type"] == "extra_forbidden" and len(e["loc"]) == 1 for e in error.errors())
            explained = f"{cls.example} explains every key" if cls.example else None
            raise SpecError("\n".join(lines), hint=f"known keys: {known}" if unknown else explained) from None

    @classmethod
    def load_sound(cls, path: Path) -> Self:
        """What of `path` is well, for whoever has more to say; a wrong key is absent, or as by default.

        Raises SpecError: when it is no document at all.
        """
        document = _read_document(path)
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            with suppress(ValidationError, KeyError):
                values[name] = TypeAdapter(field.rebuild_annotation()).validate_python(document[name])
        sound: Self = cls.model_construct(**values)  # type: ignore[assignment]
        return sound


def file_id_mistakes(key: str, value: str, context: Any) -> list[str]:
    """A complaint when the document is not named after its file; one that has no file may have any name."""
    file_id = (context or {}).get("file_id", value)
    return [] if file_id == value else [f"{key}: {value!r} must equal the file's name {file_id!r}"]


class _Loader(yaml.SafeLoader):
    """YAML as people read it: a key that stands twice is a mistake, 0100 is not 64, and 1:30 is not 90."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key.start_mark)
            if key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> int | float | str:
        """A number; or the text, where YAML 1.1 counts by eight or sixty: the key's own type judges it."""
        if re.fullmatch(r"[-+]?0[0-7_]+|.*:.*", node.value):
            return str(node.value)
        number: int | float = yaml.SafeLoader.yaml_constructors[node.tag](self, node)
        return number


for _tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
    _Loader.add_constructor(_tag, _Loader.construct_number)


def _read_yaml(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader


FORMATS: dict[str, tuple[str, Callable[[str], Any]]] = {
    ".toml": ("TOML", tomllib.loads),
    ".json": ("JSON", json.loads),
}


def _read_document(path: Path) -> Any:
    name, read = FORMATS.get(path.suffix, ("YAML", _read_yaml))
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: cannot be read: {error}") from None
    try:
        document = read(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Beside their own errors: a date or a number that cannot be, brackets without end.
        raise SpecError(f"{path}: not {name}: {_syntax_cause(error)}") from None
    if not isinstance(document, dict):
        found = "nothing" if document is None else type(document).__name__
        raise SpecError(f"{path}: must be a mapping of keys, found {found}")
    return document


def _syntax_cause(error: Exception) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    place = f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return f"{place}: {', '.join(filter(None, (error.context, error.problem)))}"


def _key(error: Any) -> str:
    return ".".join(str(part) for part in error["loc"]) or "(document)"


def _cause(error: Any) -> str:
    cause = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "required"
    if error["type"] == "string_type" and isinstance(error["input"], bool):
        return f"YAML reads on, off, yes and no as {error['input']}: put it in quotes"
    if error["type"] == "ip_v4_network":
        cause = "must be an IPv4 range whose last bits are 0, like 10.20.0.0/16"
    return f"{cause} (found {error['input']!r})" if not isinstance(error["input"], dict) else cause
