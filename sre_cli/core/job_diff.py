"""Nomad's plan diff as lines a person reads. Pure; the shapes are those of Nomad's HTTP API."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]

_MARKS = {"Added": "+", "Deleted": "-", "Edited": "~"}


def job_diff_lines(diff: Node | None) -> tuple[str, ...]:
    """Every changed field, indented below the object that holds it.

    Text of several lines (the compose file, the supervisor) is shown as a unified diff.
    Returns an empty tuple when nothing differs.
    """
    if not diff or diff.get("Type") in (None, "None"):
        return ()
    if diff["Type"] == "Added":
        return tuple(_outline(diff))
    return tuple(_walk(diff, f"job {diff.get('ID', '')}", 0))


def _outline(job: Node) -> Iterator[str]:
    """A new job differs from nothing in every field: its parts say more."""
    yield f"+ job {job['ID']} (new)"
    for group in job.get("TaskGroups") or []:
        count = next((f["New"] for f in group.get("Fields") or [] if f["Name"] == "Count"), "1")
        tasks = ", ".join(task["Name"] for task in group.get("Tasks") or [])
        yield f"+   group {group['Name']}: {count} allocation(s) of task(s) {tasks}"


def _walk(node: Node, title: str, depth: int) -> Iterator[str]:
    if not _differs(node):
        return
    yield f"{_mark(node)} {'  ' * depth}{title}"
    for field in node.get("Fields") or []:
        yield from _field_lines(field, depth + 1)
    for kind, key in (("", "Objects"), ("group ", "TaskGroups"), ("task ", "Tasks")):
        for child in node.get(key) or []:
            yield from _walk(child, f"{kind}{child.get('Name', '')}", depth + 1)


def _differs(node: Node) -> bool:
    """A group that is only updated, with no difference of its own, is left out."""
    children = [child for key in ("Objects", "TaskGroups", "Tasks") for child in node.get(key) or []]
    fields = any(_mark(field) != " " for field in node.get("Fields") or [])
    return _mark(node) != " " and (fields or any(map(_differs, children)))


def _field_lines(field: Node, depth: int) -> Iterator[str]:
    mark, old, new = _mark(field), str(field.get("Old", "")), str(field.get("New", ""))
    if mark == " ":
        return
    margin = f"{mark} {'  ' * depth}{field['Name']}: "
    if "\n" in old and "\n" in new:
        yield margin.rstrip()
        yield from _text_diff(old, new, depth + 1)
    elif mark == "~":
        yield f"{margin}{old!r} -> {new!r}"
    else:
        yield margin + _summary(new or old)


def _text_diff(old: str, new: str, depth: int) -> Iterator[str]:
    changes = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1)
    # The first two lines name files.
    for line in list(changes)[2:]:
        margin, text = (" ", line) if line.startswith("@@") else (line[0], line[1:])
        yield f"{margin} {'  ' * depth}{text}"


def _summary(text: str) -> str:
    lines = text.splitlines()
    return repr(text) if len(lines) <= 1 else f"({len(lines)} lines)"


def _mark(node: Node) -> str:
    return _MARKS.get(str(node.get("Type")), " ")
