"""What every contract shares: frozen, unknown keys refused, all errors at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from sre_cli.errors import SpecError


class Spec(BaseModel):
    """A YAML document whose file name is its id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check `path`.

        Raises SpecError: with one line a mistake, each naming file, key and cause.
        """
        document = _read_yaml(path)
        try:
            return cls.model_validate(document, context={"file_id": path.stem})
        except ValidationError as error:
            lines = [f"{path}: {_key(e)}: {_cause(e)}" for e in error.errors()]
            known = ", ".join(cls.model_fields)
            unknown = any(e["type"] == "extra_forbidden" and len(e["loc"]) == 1 for e in error.errors())
            raise SpecError("\n".join(lines), hint=f"known keys: {known}" if unknown else None) from None


def file_id_mistakes(key: str, value: str, context: Any) -> list[str]:
    """A complaint when the document is not named after its file; one that has no file may have any name."""
    file_id = (context or {}).get("file_id", value)
    return [] if file_id == value else [f"{key}: {value!r} must equal the file's name {file_id!r}"]


class _OneOfEachKey(yaml.SafeLoader):
    """YAML as everybody reads it, but a key that stands twice is a mistake, not the last one's win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    try:
        document = yaml.load(path.read_text(), _OneOfEachKey)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise SpecError(f"{path}: must be a mapping of keys, found {type(document).__name__}")
    return document


def _key(error: Any) -> str:
    return ".".join(str(part) for part in error["loc"]) or "(document)"


def _cause(error: Any) -> str:
    cause = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "required"
    return f"{cause} (found {error['input']!r})" if not isinstance(error["input"], dict) else cause
