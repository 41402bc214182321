"""Nomad's diff as lines."""

from __future__ import annotations

from typing import Any

from sre_cli.core.job_diff import job_diff_lines


def edited(name: str, old: str, new: str) -> dict[str, Any]:
    return {"Type": "Edited", "Name": name, "Old": old, "New": new}


def test_nothing_differs() -> None:
    assert job_diff_lines(None) == ()
    assert job_diff_lines({"Type": "None", "ID": "toy"}) == ()


def test_a_new_job_is_outlined() -> None:
    group = {
        "Type": "Added",
        "Name": "toy",
        "Fields": [{"Type": "Added", "Name": "Count", "Old": "", "New": "3"}],
        "Tasks": [{"Type": "Added", "Name": "compose"}],
    }
    lines = job_diff_lines({"Type": "Added", "ID": "toy", "TaskGroups": [group]})
    assert lines == ("+ job toy (new)", "+   group toy: 3 allocation(s) of task(s) compose")


def test_fields_are_shown_below_what_holds_them_and_texts_line_by_line() -> None:
    template = {
        "Type": "Edited",
        "Name": "Template",
        "Fields": [edited("EmbeddedTmpl", "a\n--b\nc", "a\n++B\nc")],
    }
    task = {"Type": "Edited", "Name": "compose", "Objects": [template], "Fields": []}
    same = {
        "Type": "Edited",
        "Name": "untouched",
        "Fields": [{"Type": "None", "Name": "X", "Old": "", "New": ""}],
    }
    group = {"Type": "Edited", "Name": "toy", "Fields": [edited("Count", "1", "2")], "Tasks": [task, same]}
    assert job_diff_lines({"Type": "Edited", "ID": "toy", "TaskGroups": [group]}) == (
        "~ job toy",
        "~   group toy",
        "~     Count: '1' -> '2'",
        "~     task compose",
        "~       Template",
        "~         EmbeddedTmpl:",
        "            @@ -1,3 +1,3 @@",
        "            a",
        "-           --b",
        "+           ++B",
        "            c",
    )
