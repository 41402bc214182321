"""Documents: is what is written there read? A refused document has every character and field wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sre_cli.core.evaluation.labelled import Answer, Labelled
from sre_cli.core.evaluation.rates import once, rate, refusals, sum_counts, tally
from sre_cli.specs.evaluation import Count, Figure, Item

TRANSCRIPT, ZONE = "transcript", "zone"
CHARACTERS, ZONE_CHARACTERS = "characters", "zone-characters"
FIELDS, NOT_VALID = "zone-fields", "zone-not-valid"
DIGITS, WRONG_KIND = "zone-check-digits", "zone-wrong-kind"
NOT_WHOLE = "not every line was read, since the zone is valid: its page's characters are not counted"


def judge(asked: Labelled, answer: Answer) -> Item:
    """Every mistake that the document's labels let be counted."""
    result = answer.result or {}
    whole = bool(result.get("complete", True))
    skipped = TRANSCRIPT in asked.truth and not whole
    zone = result.get("mrz")
    return Item(
        name=asked.name,
        label=asked.label,
        said=answer.refusal or (f"{zone['kind']} {_validity(zone)}" if zone else "no zone"),
        refused=answer.result is None,
        counts=dict(_counts(asked, result, whole)),
        notes=(NOT_WHOLE,) if skipped else (),
    )


def figures(items: Sequence[Item]) -> list[Figure]:
    """Every figure that the items allow."""
    skipped = sum(bool(item.notes) for item in items)
    return [
        rate("zones not fully valid", sum_counts(items, NOT_VALID)),
        rate("zones of a wrong kind, or none", sum_counts(items, WRONG_KIND)),
        rate("fields whose check digit fails", sum_counts(items, DIGITS), "of the zones that were found"),
        rate("fields wrong", sum_counts(items, FIELDS), _lacking(items, FIELDS, "no field is labelled")),
        _characters("CER of the zone", items, ZONE_CHARACTERS, ""),
        _characters("CER of the page", items, CHARACTERS, f"{skipped} not read whole" if skipped else ""),
        rate("failures to acquire", tally(item.refused for item in items), refusals(items)),
    ]


def edit_distance(a: str, b: str) -> int:
    """The fewest insertions, deletions and substitutions from `a` to `b` (V. I. Levenshtein, 1966)."""
    previous = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        current = [i]
        for j, other in enumerate(b, 1):
            cheapest = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (one != other))
            current.append(cheapest)
        previous = current
    return previous[-1]


def tidy(text: str) -> str:
    """As characters are compared: composed (NFC), and every run of blanks one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def character_errors(truth: str, read: str) -> Count:
    """Edit distance and length of the truth; the error rate is their quotient, here bounded by 1."""
    expected = tidy(truth)
    return Count(events=min(len(expected), edit_distance(expected, tidy(read))), total=len(expected))


def _counts(asked: Labelled, result: Mapping[str, Any], whole: bool) -> Iterator[tuple[str, Count]]:
    zone, fields = result.get("mrz"), result.get("fields") or {}
    if asked.label:
        yield NOT_VALID, once(not (zone and zone["valid"]))
        yield WRONG_KIND, once(not (zone and zone["kind"].lower() == asked.label.lower()))
    if zone:
        yield DIGITS, tally(not one["valid"] for one in fields.values() if one and one["valid"] is not None)
    if labelled := {name: text for name, text in asked.truth.items() if name not in {TRANSCRIPT, ZONE}}:
        yield FIELDS, tally(_value(fields, name) != text for name, text in labelled.items())
    if ZONE in asked.truth:
        read = "\n".join(zone["lines"]) if zone else ""
        yield ZONE_CHARACTERS, character_errors(asked.truth[ZONE], read)
    if TRANSCRIPT in asked.truth and whole:
        lines = (line["text"] for line in result.get("lines", []))
        yield CHARACTERS, character_errors(asked.truth[TRANSCRIPT], "\n".join(lines))


def _value(fields: Mapping[str, Any], name: str) -> str | None:
    element = fields.get(name)
    return element["value"] if element else None


def _validity(zone: Mapping[str, Any]) -> str:
    return "valid" if zone["valid"] else "not valid"


def _lacking(items: Sequence[Item], metric: str, note: str) -> str:
    return "" if any(metric in item.counts for item in items) else note


def _characters(name: str, items: Sequence[Item], metric: str, note: str) -> Figure:
    """Without an interval: characters of one document are not wrong independently."""
    count = sum_counts(items, metric)
    if not count.total:
        return Figure(name=name, value=None, note="; ".join(filter(None, ["no transcript", note])))
    share = count.events / count.total
    return Figure(name=name, value=share, events=count.events, total=count.total, note=note)
