"""Mistakes that text recognition makes in a machine-readable zone, and how they can be undone.

Everything here only proposes. Whether a proposal stands is for the check digits to say (`services.core.mrz`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from services.core.mrz_layouts import FILLER, Charset

_FILLERS = str.maketrans(
    {"«": "<<", "≪": "<<", "《": "<<", "‹": "<", "〈": "<", "＜": "<", "⟨": "<", "˂": "<"}  # noqa: RUF001
)
_ALPHABETS = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "АВЕЅІЈКМНОРСТУХ",  # noqa: RUF001
    "ABEZHIKMNOPTYX" + "ABESIJKMHOPCTYX",
)
_AS_LETTERS = str.maketrans("012568", "OIZSGB")
_AS_DIGITS = str.maketrans("OIZSGB", "012568")


def tidy(text: str) -> str:
    """A recognised line without spaces, its fillers written the usual way."""
    return "".join(text.split()).translate(_FILLERS)


def latin(text: str) -> str:
    """`text` with each Greek, Cyrillic, small or accented letter as the capital that it looks like."""
    return "".join(_latin(one) for one in text)


def _latin(one: str) -> str:
    """One for one: the character itself where no capital looks like it."""
    big = unicodedata.normalize("NFD", one.upper())[:1].translate(_ALPHABETS)
    return big if Charset.ANY.allows(big) else one


def meant(text: str, charset: Charset) -> str:
    """What `text` was most likely meant to be in an element of `charset`; itself where that is not allowed.

    Only what cannot stand there is changed: O stays O where digits and letters may.
    """
    plain = latin(text)
    likely = {
        Charset.LETTERS: plain.translate(_AS_LETTERS),
        Charset.DIGITS: plain.translate(_AS_DIGITS),
        Charset.CODE: plain[:1].translate(_AS_LETTERS) + plain[1:],
        Charset.ANY: plain,
    }[charset]
    return likely if charset.allows(likely) else text


def fitted_names(text: str, width: int) -> str:
    """A line that ends with names, its last run of fillers as long as it must be."""
    return text.rstrip(FILLER).ljust(width, FILLER)


def fitted(text: str, width: int) -> Iterator[str]:
    """Ways to give a line `width` characters by another length of its longest run of fillers, or its last."""
    missing = width - len(text)
    runs = [match.span() for match in re.finditer(f"{FILLER}+|$", text)]
    longest = max(runs, key=lambda run: run[1] - run[0])
    for start, end in dict.fromkeys([longest, runs[-1]]) if missing else []:
        if end - start + missing >= 0:
            yield text[:start] + FILLER * (end - start + missing) + text[end:]
    if not missing:
        yield text
