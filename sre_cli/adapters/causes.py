"""What went wrong, out of the nested exceptions of an HTTP library."""

from __future__ import annotations

import re

_SYSTEM = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")


def plain_cause(error: Exception) -> str:
    """The operating system's own words, such as `Connection refused`, where the error holds them."""
    found = _SYSTEM.search(str(error))
    return found[1] if found else str(error)
