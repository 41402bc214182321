"""The Prefer header (RFC 7240): a client may wait less than we would."""

from __future__ import annotations

import re

_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?")


def wait_s(header: str | None, most_s: float) -> tuple[float, str | None]:
    """Seconds to wait for the answer, and what to say in Preference-Applied.

    `respond-async` is zero seconds; a longer `wait` than `most_s` and anything unknown are ignored, as the
    RFC asks. The first of two equal preferences counts.
    """
    for preference in (part.split(";")[0].strip().lower() for part in (header or "").split(",")):
        if preference == "respond-async":
            return 0.0, preference
        if (match := _WAIT.fullmatch(preference)) and int(match[1]) <= most_s:
            return float(match[1]), preference
    return most_s, None
