"""Sentences that are too long, figures that no fact carries, and changes of a rate in per cent of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reporter.language.fault import Fault, Parts, Units
from reporter.language.superlatives import STOP
from reporter.model import Printed, Unit

MOST_WORDS = 35
RATES = frozenset({Unit.RATE, Unit.APR, Unit.SHARE})


def length_faults(text: str) -> Iterator[Fault]:
    """Sentences of more than thirty-five words."""
    for sentence in STOP.split(text):
        if (count := len(sentence.split())) > MOST_WORDS:
            opening = " ".join(sentence.split()[:5])
            yield Fault(f"{opening} ...", f"is a sentence of {count} words, more than {MOST_WORDS}", "make two of it")


def figure_faults(parts: Parts) -> Iterator[Fault]:
    """Digits in the text of a sentence that no printed part carries."""
    for part in parts:
        for word in part.split() if isinstance(part, str) else ():
            if any(character.isdecimal() for character in word):
                instead = "print it from a fact with a unit filter, or spell it out"
                yield Fault(word, "is a figure that no fact carries", instead)


MOVED = (
    r"(?:rose|rises?|risen|fell|falls?|fallen|gained|gains?|lost|climbed|climbs?|dropped|drops?|declined|jumped|surged|slid"
    r"|slipped|eased|grew|increased|decreased|shrank|added|shed|(?:is|was|were) (?:up|down))"
)
MOVED_BY = re.compile(
    rf"\b{MOVED}(?:\s+(?:by|another|about|around|roughly|almost|nearly|some|a|an))*\s*$", re.IGNORECASE
)
MOVED_AFTER = re.compile(r"\s*(?:higher|lower|more|less|up|down|above|below)\b", re.IGNORECASE)
SAID_OF_RATE = re.compile(
    rf"\b(?:funding|basis|rates?|yields?|shares?|percentages?)\b[^.;:,\d]{{0,40}}?\b{MOVED}\s+(?:by\s+)?(?:about\s+)?"
    r"\d[\d,.]*\s?(?:%|per ?cent\b)(?!age)(?!\s*(?:of|annuali[sz]ed|a year)\b)",
    re.IGNORECASE,
)
IN_POINTS = "give the change in percentage points, or say from where to where"


def rate_faults(parts: Parts, unit_of: Units) -> Iterator[Fault]:
    """Changes of a rate or share given in per cent: of the printed facts by their unit, of plain text by its words."""
    for number, part in enumerate(parts):
        if isinstance(part, Printed) and not part.word and "%" in part.text:
            before, after = (_text(parts, number + step) for step in (-1, 1))
            if _is_rate_in_percent(part, unit_of, bool(MOVED_BY.search(before) or MOVED_AFTER.match(after))):
                yield Fault(part.text, f"is a change of {part.fact} in per cent of itself", IN_POINTS)
        elif isinstance(part, str) and (found := SAID_OF_RATE.search(part)):
            yield Fault(found[0], "is a change of a rate in per cent of itself", IN_POINTS)


def _is_rate_in_percent(part: Printed, unit_of: Units, moved: bool) -> bool:
    """A `_change` in points that is printed as per cent, the growth of a rate, or its level where a change is told."""
    base, _, family = part.fact.rpartition("_")
    if family == "change":
        return unit_of(part.fact) in RATES
    return unit_of(base) in RATES if family == "growth" else moved and unit_of(part.fact) in RATES


def _text(parts: Parts, number: int) -> str:
    part = parts[number] if 0 <= number < len(parts) else ""
    return part if isinstance(part, str) else part.text
