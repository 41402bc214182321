"""What a check costs, and in which month: calendar months in UTC, written `2026-11`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.core.errors import BY_CODE
from services.core.messages import Reply, Status

Month = Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
DONE = "done"


class UsageLine(BaseModel):
    """How many of a tenant's checks ended in one way, in one month."""

    model_config = ConfigDict(frozen=True)

    check: str
    code: str = Field(description="`done`, or the code of the error that the check ended with")
    billable: bool
    count: int


class MonthOfUsage(BaseModel):
    """A tenant's checks of a calendar month, by the moment when they were asked for."""

    model_config = ConfigDict(frozen=True)

    month: str
    billable: int = Field(description="Checks that are charged for")
    lines: list[UsageLine]


def month_of_lines(month: str, lines: list[UsageLine]) -> MonthOfUsage:
    """The lines of a month with their sum."""
    return MonthOfUsage(month=month, billable=sum(line.count for line in lines if line.billable), lines=lines)


def charge(reply: Reply) -> tuple[str, bool]:
    """The code that a check ended with, and whether it is billable."""
    if reply.status is Status.DONE:
        return DONE, True
    code = (reply.error or {}).get("code", "")
    return code, code in BY_CODE and BY_CODE[code].billable


def month_of(unix_s: float) -> str:
    """The month of a moment."""
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m}"


def until_next_month_s(unix_s: float) -> float:
    """Seconds from a moment to the end of its month."""
    now = datetime.fromtimestamp(unix_s, UTC)
    first = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    return first.timestamp() - unix_s
