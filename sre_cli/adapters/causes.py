"""What went wrong, out of the nested exceptions of an HTTP library."""

from __future__ import annotations

import re

_SYSTEM = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")


def plain_cause(error: Exception) -> str:
    """The operating system's own words, such as `Connection refused`, where the error holds them."""
    found = _SYSTEM.search(str(error))
    return found[1] if found else str(error)


def distrust(error: Exception) -> str | None:
    """Why a server's certificate is not trusted; None where the error is another one."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not this cluster's: another cluster answers there, or ours was made anew"
    return "it speaks no TLS" if "WRONG_VERSION_NUMBER" in text else None
