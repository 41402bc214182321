"""Failures as the engine words them, and what is told about them."""

from __future__ import annotations

from infra.stack.complaints import Said, cause, complaint
from sre_cli.errors import EngineUnavailable

TRACE = """Exception calling application: Traceback (most recent call last):
  File "pulumi/dynamic/__main__.py", line 90, in wrapper
    return fn(self, request, context)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "node.py", line 12, in create
    raise EngineUnavailable("no space on zone-a")
sre_cli.errors.EngineUnavailable: no space on zone-a
"""


def told(error: str = "code: 255", *said: Said) -> EngineUnavailable:
    return complaint("prod", error, said)


def test_a_resource_is_named_with_its_own_words_alone() -> None:
    found = told("code: 255", ("node-a", TRACE), ("sre-prod", "update failed"))
    assert found.message == "node-a: no space on zone-a"
    assert found.detail is None
    assert found.hint == "sre infra up prod goes on from here"


def test_several_are_counted_and_shown_below() -> None:
    found = told("code: 255", ("node-a", TRACE), ("node-b", "quota\nof 3 vCPUs"))
    assert found.message == "node-a: no space on zone-a (and 1 more)"
    assert found.detail == "node-a: no space on zone-a\nnode-b: quota\nof 3 vCPUs"


def test_words_of_several_lines_stay_whole() -> None:
    assert cause(TRACE + "only 3 left\n") == "no space on zone-a\nonly 3 left"
    assert cause("quota\n\nof 3\n") == "quota\nof 3"


def test_what_pulumi_itself_says_is_found_on_stderr() -> None:
    text = "\n code: 255\n stdout: \n stderr: warning: x\nerror: no Pulumi project found"
    assert told(text).message == "no Pulumi project found"


def test_known_causes_come_with_what_to_do() -> None:
    locked = told("stderr: error: the stack is currently locked by 1 lock(s).")
    assert locked.hint == "wait for it; if it died: pulumi cancel --stack prod"
    protected = told("code: 255", ("db", "Cannot delete protected DB: deletion protection is enabled"))
    assert protected.message == "a database is protected from deletion"
    assert "Cannot delete protected DB" in (protected.detail or "")
    assert "passphrase" in told("stderr: error: constructing secrets manager: incorrect passphrase").message


def test_of_much_only_the_end_is_shown() -> None:
    found = told("code: 255", ("db", "\n".join(f"line {n}" for n in range(100))))
    assert found.message == "db: line 0"
    assert (found.detail or "").splitlines()[0] == "line 80"
