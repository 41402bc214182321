"""`python -m services.admin`: tenants, their keys, webhooks, usage, feedback, in the API's database.

Exit codes: 0 done, 1 a bug, 2 wrong words or settings, 3 no: unknown or taken, 4 the database is away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from services import models, settings, wiring
from services.adapters.clock import SystemClock
from services.adapters.sql import Database, SqlEndpoints, SqlFeedback, SqlSeals, SqlTenants, SqlUsage
from services.administration import GRACE_S, Administration, NewTenant, Terms
from services.core.errors import ResultsUnavailable, ServiceError
from services.core.tenants import TIERS
from services.core.usage import MonthOfUsage
from services.labels import Labels
from services.verification import VERIFICATION

EXIT_BUG, EXIT_USAGE, EXIT_NO, EXIT_AWAY = 1, 2, 3, 4
NO_BOUND = "none"
LIMITS = ("rate_rps", "burst", "quota_month", "retention_days")

Said = BaseModel | list[Any]
Action = Callable[[Any, argparse.Namespace], Awaitable[Said]]


def main(arguments: list[str] | None = None) -> int:
    """Do what the words say."""
    words = _parser().parse_args(arguments)
    try:
        said = asyncio.run(_done(words))
    except (settings.SettingsError, ValidationError, _WordsError) as error:
        return _refused(_told(error), EXIT_USAGE)
    except ResultsUnavailable as error:
        return _refused(f"the database does not answer: {error.__cause__!r}", EXIT_AWAY)
    except ServiceError as error:
        return _refused(error.detail, EXIT_NO)
    print(_json(said) if words.json else _text(said))
    return 0


class _WordsError(Exception):
    """The words do not fit together."""


async def _done(words: argparse.Namespace) -> Said:
    chosen = settings.load()
    database = wiring.database(chosen, chosen.data_dir)
    try:
        await database.open()
        said: Said = await words.action(words.office(chosen, database), words)
        return said
    finally:
        await database.close()


def _administration(_settings: settings.Settings, database: Database) -> Administration:
    tables = SqlTenants(database), SqlUsage(database), SqlEndpoints(database), SqlSeals(database)
    return Administration(*tables, SystemClock())


def _labels(chosen: settings.Settings, database: Database) -> Labels:
    """Alone among the offices it reads what rests sealed."""
    book = SqlFeedback(database, wiring.sealer(chosen, chosen.data_dir))
    return Labels(book, SqlTenants(database))


def _limits(words: argparse.Namespace) -> dict[str, Any]:
    said = {name: getattr(words, name) for name in ("tier", *LIMITS) if getattr(words, name) is not None}
    return said | {name: None for name, value in said.items() if value == NO_BOUND}


async def _create_tenant(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.create_tenant(NewTenant(name=words.name, **_limits(words)))


async def _change_tenant(administration: Administration, words: argparse.Namespace) -> Said:
    if not _limits(words):
        raise _WordsError("say what shall change: --tier, --rate, --burst, --quota-month, --retention-days")
    return await administration.change_tenant(words.name, Terms(**_limits(words)))


async def _list_tenants(administration: Administration, _words: argparse.Namespace) -> Said:
    return await administration.list_tenants()


async def _create_key(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.create_key(words.tenant)


async def _list_keys(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.list_keys(words.tenant)


async def _rotate_key(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.rotate_key(words.key_id, words.grace_s)


async def _revoke_key(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.revoke_key(words.key_id)


async def _list_webhooks(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.list_webhooks(words.tenant)


async def _disable_webhook(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.disable_webhook(words.webhook_id)


async def _sealing(administration: Administration, _words: argparse.Namespace) -> Said:
    return await administration.sealing()


async def _usage(administration: Administration, words: argparse.Namespace) -> Said:
    return await administration.usage(words.tenant, words.month)


async def _export_feedback(labels: Labels, words: argparse.Namespace) -> Said:
    try:
        return await labels.export(words.to, words.tenant, words.check, words.since, words.with_personal_data)
    except OSError as error:
        raise _WordsError(f"--to: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="The database is EKYC_DATABASE_URL, or that of the embedded mode in EKYC_DATA_DIR.",
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(office=_administration)
    things = parser.add_subparsers(dest="thing", required=True)
    _add_tenant_words(things.add_parser("tenant", help="who may call"), shared)
    _add_key_words(things.add_parser("key", help="what they call with"), shared)
    _add_webhook_words(things.add_parser("webhook", help="where tenants are told"), shared)
    _add_feedback_words(things.add_parser("feedback", help="what was true of answers"), shared)
    sealing = things.add_parser("sealing", parents=[shared], help="how much rests under which sealing key")
    sealing.set_defaults(action=_sealing)
    usage = things.add_parser("usage", parents=[shared], help="what a tenant used in a month")
    usage.add_argument("tenant")
    usage.add_argument("--month", type=_month, help="2026-11, for one; this month by default")
    usage.set_defaults(action=_usage)
    return parser


def _add_tenant_words(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    _verb(verbs, shared, "list", "all of them", _list_tenants)
    for verb, text, action in (
        ("create", "a new one, with its tier's limits unless others are said", _create_tenant),
        ("change", "another tier, with its limits, or other limits", _change_tenant),
    ):
        one = _verb(verbs, shared, verb, text, action)
        one.add_argument("name", help="small letters, digits and dashes")
        one.add_argument("--tier", choices=TIERS)
        one.add_argument("--rate", dest="rate_rps", type=float, help="checks a second")
        one.add_argument("--burst", type=int, help="checks at once")
        one.add_argument("--quota-month", type=_quota, help="billable checks a month, or `none`")
        one.add_argument("--retention-days", type=int, help="how long results are kept; 30 by default")


def _add_key_words(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    _verb(verbs, shared, "create", "a new one; it is shown this once", _create_key).add_argument("tenant")
    _verb(verbs, shared, "list", "a tenant's, in any state", _list_keys).add_argument("tenant")
    rotate = _verb(verbs, shared, "rotate", "a new one in place of another", _rotate_key)
    rotate.add_argument("key_id")
    rotate.add_argument(
        "--grace-s",
        type=_seconds,
        default=GRACE_S,
        help="how long the old one works; %(default)s s by default",
    )
    _verb(verbs, shared, "revoke", "within seconds", _revoke_key).add_argument("key_id")


def _add_webhook_words(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    _verb(verbs, shared, "list", "a tenant's", _list_webhooks).add_argument("tenant")
    _verb(verbs, shared, "disable", "for good", _disable_webhook).add_argument("webhook_id")


def _add_feedback_words(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    text = "labelled answers, a file of JSON lines a check; without images, which are deleted"
    export = _verb(verbs, shared, "export", text, _export_feedback)
    export.set_defaults(office=_labels)
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the files are yours alone")
    export.add_argument("--tenant", help="its name; all by default")
    export.add_argument("--check", choices=[*models.names(), VERIFICATION.name])
    export.add_argument("--since", type=_day, default=0.0, help="2026-11-30, for one; all by default")
    export.add_argument(
        "--with-personal-data", action="store_true", help="whole results and corrected fields: names, dates"
    )


def _verb(
    verbs: Any, shared: argparse.ArgumentParser, name: str, text: str, action: Action
) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, parents=[shared], help=text)
    verb.set_defaults(action=action)
    return verb


def _month(text: str) -> str:
    """What argparse makes of a ValueError names the option."""
    return f"{datetime.strptime(text, '%Y-%m').replace(tzinfo=UTC):%Y-%m}"


def _day(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()


def _quota(text: str) -> int | str:
    return NO_BOUND if text == NO_BOUND else int(text)


def _seconds(text: str) -> float:
    if float(text) < 0:
        raise ValueError
    return float(text)


def _json(said: Said) -> str:
    plain = (
        [one.model_dump(mode="json") for one in said]
        if isinstance(said, list)
        else said.model_dump(mode="json")
    )
    return json.dumps(plain)


def _text(said: Said) -> str:
    if isinstance(said, MonthOfUsage):
        lines = [f"{line.check}  {line.code}  {line.count}  {_billed(line.billable)}" for line in said.lines]
        return "\n".join([*lines, f"{said.month}: {said.billable} billable"])
    if isinstance(said, list):
        return "\n".join(_row(one) for one in said) or "none"
    return "\n".join(f"{name}: {_word(name, value)}" for name, value in said.model_dump(mode="json").items())


def _row(one: BaseModel) -> str:
    return "  ".join(f"{name}={_word(name, value)}" for name, value in one.model_dump(mode="json").items())


def _billed(billable: bool) -> str:
    return "billable" if billable else "free"


def _word(name: str, value: object) -> str:
    if name.endswith("_at_s") and isinstance(value, float):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "none" if value is None else str(value)


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False))
    return str(error)


def _refused(text: str, code: int) -> int:
    print(f"error: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
