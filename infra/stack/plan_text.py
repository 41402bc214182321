"""A plan for people: lines for a terminal, Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.stack.plan import Change, Op, Plan

MARKS: Mapping[Op, str] = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
DRIFT_WORDS: Mapping[Op, str] = {"create": "new", "update": "changed", "replace": "changed", "delete": "gone"}
MARKDOWN_ROWS = 200
"""A comment holds so much."""


def summary(plan: Plan) -> str:
    """`local: 3 to create, 1 to update, 40 unchanged`."""
    parts = [f"{count} to {op}" for op, count in plan.counts().items()]
    return f"{plan.env}: {', '.join([*(parts or ['nothing to change']), f'{plan.unchanged} unchanged'])}"


def drift_summary(plan: Plan) -> str:
    """`local: 1 changed, 2 gone, 40 as they were left`."""
    counts = plan.counts()
    gone = counts.get("delete", 0)
    changed = sum(counts.values()) - gone
    parts = [*([f"{changed} changed"] if changed else []), *([f"{gone} gone"] if gone else [])]
    return f"{plan.env}: {', '.join(parts or ['in sync'])}, {plan.unchanged} as they were left"


def lines(plan: Plan) -> list[str]:
    """One line a change, then one a violation."""
    changes = [f"{MARKS[one.op]} {one.op:<7} {named}" for one, named in _named(plan)]
    return [*changes, *(f"! {violation}" for violation in plan.violations)]


def drift_lines(plan: Plan) -> list[str]:
    """One line a resource that is not as it was left."""
    return [f"{MARKS[one.op]} {DRIFT_WORDS[one.op]:<7} {named}" for one, named in _named(plan)]


def markdown(plan: Plan) -> str:
    """The comment on a pull request."""
    blocks = [f"### `{plan.env}`", summary(plan).removeprefix(f"{plan.env}: ").capitalize() + "."]
    if plan.violations:
        blocks.append(
            "\n".join(["**Policies that it breaks:**", "", *(f"- {one}" for one in plan.violations)])
        )
    if plan.changes:
        blocks.append(_table(plan.changes))
    return "\n\n".join(blocks) + "\n"


def _named(plan: Plan) -> Iterator[tuple[Change, str]]:
    width = max((len(change.type) for change in plan.changes), default=0)
    for change in plan.changes:
        properties = f"  ({', '.join(change.properties)})" if change.properties else ""
        yield change, f"{change.type.ljust(width)}  {change.name}{properties}"


def _table(changes: tuple[Change, ...]) -> str:
    rows = [
        f"| {MARKS[one.op]} {one.op} | `{one.type}` | `{one.name}` | {', '.join(one.properties)} |"
        for one in changes[:MARKDOWN_ROWS]
    ]
    rest = len(changes) - MARKDOWN_ROWS
    more = [f"\nand {rest} more"] if rest > 0 else []
    return "\n".join(["| | type | name | properties |", "|---|---|---|---|", *rows, *more])
