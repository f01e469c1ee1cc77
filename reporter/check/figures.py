"""Figures of a note against each other and their facts: the same fact has one value, and one text at one rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reporter import units
from reporter.model import Cited, Finding, Frame, Note, Printed

APPROXIMATE = re.compile(
    r"\b(?:about|around|roughly|approximately|near|close to|almost|nearly|some|over|under)\s+$", re.I
)
NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A printed figure and whose it is."""

    printed: Printed
    who: str
    where: str


def findings(note: Note, frame: Frame) -> tuple[Finding, ...]:
    """Figures that are not their fact's, and pairs that print one fact in two ways, as errors."""
    places = list(_places(note))
    return (*_wrong(places, frame), *_unlike(places))


def _places(note: Note) -> Iterator[Place]:
    for said in note.sentences:
        yield from (Place(part, f"{said.text!r} ({said.rule_id})", said.where) for part in _exact(said.parts))
    for section in note.sections:
        for row in section.rows:
            cells = (part for cell in row.cells for part in cell if isinstance(part, Printed))
            yield from (Place(part, f"the row {row.label!r}", row.where) for part in cells)


def _exact(parts: Sequence[str | Printed | Cited]) -> Iterator[Printed]:
    """The printed numbers, without those that are given roughly."""
    before = ""
    for part in parts:
        if isinstance(part, Printed) and not part.word and not APPROXIMATE.search(before):
            yield part
        before = part if isinstance(part, str) else ""


def _wrong(places: Sequence[Place], frame: Frame) -> Iterator[Finding]:
    known: Mapping[str, str] = {fact.key: units.machine(fact.value) for fact in frame.facts.values()}
    for place in places:
        value = known.get(place.printed.fact)
        if value is not None and value != place.printed.value:
            what = f"{place.who} prints {place.printed.text!r} for {place.printed.fact}, which is {value}"
            yield Finding(place.where, what, "error", "build the note again from the facts of its week")


def _unlike(places: Sequence[Place]) -> Iterator[Finding]:
    """The first text of a fact in each form, and each later one that differs from it."""
    first: dict[tuple[str, str, int], Place] = {}
    for place in places:
        number = NUMBER.search(place.printed.text)
        if number is None:
            continue
        form = place.printed.text.lstrip(f"+{units.MINUS}").replace(number[0], "#", 1)
        other = first.setdefault((place.printed.fact, form, len(number[0].partition(".")[2])), place)
        if NUMBER.findall(other.printed.text) != NUMBER.findall(place.printed.text):
            what = f"{other.who} prints {other.printed.text!r} and {place.who} {place.printed.text!r}"
            yield Finding(
                f"{other.where} and {place.where}", f"{what} for {place.printed.fact}", "error", "round them alike"
            )
