"""Who types the command, and when."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from getpass import getuser
from socket import gethostname


def operator() -> str:
    """What `$SRE_BY` says, for a pipeline that acts for somebody, else the login name and the machine."""
    return os.environ.get("SRE_BY") or f"{getuser()}@{gethostname()}"


def now() -> datetime:
    """By this machine's clock."""
    return datetime.now(UTC)
