"""Direction words of a note against the signs of their facts, in the text and in the data box; findings come out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from reporter.model import Cited, Finding, Note, Printed, Row, Sentence
from reporter.units import MINUS

UP = (
    r"(?:rose|rises?|risen|gain(?:s|ed)?|climb(?:s|ed)?|grew|grow(?:s|n)?|increase[sd]?|jump(?:s|ed)?|surged?|advanced?"
    r"|added|regained|won back|(?<!give )(?<!gives )(?<!gave )(?<!giving )up|higher|above|more|went up)"
)
DOWN = (
    r"(?:fell|falls?|fallen|lost|loses?|loss|drop(?:s|ped)?|decline[sd]?|shrank|shrinks?|shrunk|decrease[sd]?|slid|slide"
    r"|slipped|eased|shed|g(?:ives?|ave|iving) (?:up|back)|down|lower|below|less|came down|cut)"
)
IN, OUT = r"(?:(?:net |ETF )*inflows?|took in|take in|drew|draw|positive)", r"(?:(?:net |ETF )*outflows?|negative)"
BETWEEN = r"(?:\s+(?:by|of|about|around|roughly|almost|nearly|some|another|a|an|over|in))*\s*$"
BEHIND = r"^\s*(?:percentage\s+points?|points?|pts)?\s*"
TURNS = {
    +1: (re.compile(rf"\b{UP}{BETWEEN}", re.I), re.compile(rf"{BEHIND}{UP}\b(?!\s+to\b)", re.I)),
    -1: (re.compile(rf"\b{DOWN}{BETWEEN}", re.I), re.compile(rf"{BEHIND}{DOWN}\b(?!\s+to\b)", re.I)),
}
FLOWS = {
    +1: (re.compile(rf"\b(?:{IN}|{UP}){BETWEEN}", re.I), re.compile(rf"^\s*(?:of|in)\s+{IN}\b", re.I)),
    -1: (re.compile(rf"\b(?:{OUT}|{DOWN}){BETWEEN}", re.I), re.compile(rf"^\s*(?:of|in)\s+{OUT}\b", re.I)),
}
WORD = {sign: re.compile(rf"^{words}$", re.I) for sign, words in ((+1, UP), (-1, DOWN))}
COMPARED = ("_growth", "_change")
SIGNED_FLOW = re.compile(r"\betf_\w*_usd(?:_previous)?$")
REMEDY = "take the word from the fact with the 'direction' filter, or bind the rule to its sign"

Part = str | Printed | Cited


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence or a cell says of the direction of a fact: its base (`BTC.price_usd`), the sign said, that of its
    value, the words, whose they are and where those stand."""

    base: str
    fact: str
    said: int
    value: float
    words: str
    who: str
    where: str


def findings(note: Note) -> tuple[Finding, ...]:
    """Words that say another direction than their own fact, and claims on one fact that go two ways, as errors."""
    claims = [claim for sentence in note.sentences for claim in of_sentence(sentence)]
    cells = [claim for section in note.sections for row in section.rows for claim in of_row(row)]
    return (*_untrue(claims), *_two_ways([*claims, *cells]))


def _untrue(claims: Sequence[Claim]) -> Iterator[Finding]:
    for claim in claims:
        if claim.said * claim.value < 0:
            what = f"{claim.who} says {claim.words!r}, and {claim.fact} is {claim.value:+g}"
            yield Finding(claim.where, what, "error", REMEDY)


def _two_ways(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Each claim that goes up with each that goes down, for each fact of which there are both."""
    for one, other in product(claims, claims):
        if one.base == other.base and one.said > 0 > other.said and one.where != other.where:
            what = f"{one.who} says {one.words!r} and {other.who} says {other.words!r} of {one.base}"
            yield Finding(f"{one.where} and {other.where}", what, "error", REMEDY)


def of_sentence(sentence: Sentence) -> Iterator[Claim]:
    """The claims that a sentence makes on the direction of the facts it prints; none of one that prints as zero."""
    who = f"{sentence.text!r} ({sentence.rule_id})"
    for number, part in enumerate(sentence.parts):
        if isinstance(part, Printed) and (said := _said(sentence.parts, number, part)):
            sign, words = said
            yield Claim(_base(part.fact), part.fact, sign, float(part.value), words, who, sentence.where)


def of_row(row: Row) -> Iterator[Claim]:
    """The claims of the signs in a row of the data box."""
    for cell in row.cells:
        for part in cell:
            sign = {"+": 1, MINUS: -1}.get(part.text[:1], 0) if isinstance(part, Printed) else 0
            if sign and isinstance(part, Printed) and part.fact.endswith(COMPARED):
                yield Claim(
                    _base(part.fact), part.fact, sign, float(part.value), part.text, f"the row {row.label!r}", row.where
                )


def _said(parts: Sequence[Part], number: int, part: Printed) -> tuple[int, str] | None:
    """The sign that the words beside a printed fact give it, and those words; None where they say none."""
    if part.word:
        compared = part.fact.endswith(COMPARED)
        return next(((sign, part.text) for sign, word in WORD.items() if compared and word.match(part.text)), None)
    if not any(character in "123456789" for character in part.text):
        return None
    if part.fact.endswith(COMPARED):
        return _beside(parts, number, part, TURNS)
    return _beside(parts, number, part, FLOWS) if SIGNED_FLOW.search(part.fact) else None


def _beside(
    parts: Sequence[Part], number: int, part: Printed, turns: dict[int, tuple[re.Pattern[str], re.Pattern[str]]]
) -> tuple[int, str] | None:
    before, after = (_plain(parts, number + step) for step in (-1, 1))
    for sign, (ahead, _) in turns.items():
        if match := ahead.search(before):
            return sign, f"{match[0].strip()} {part.text}"
    for sign, (_, behind) in turns.items():
        if match := behind.search(after):
            return sign, f"{part.text} {match[0].strip()}"
    return None


def _plain(parts: Sequence[Part], number: int) -> str:
    """The literal text at a place; a direction word in print is left to itself."""
    part = parts[number] if 0 <= number < len(parts) else ""
    return part if isinstance(part, str) else ""


def _base(fact: str) -> str:
    return next((fact.removesuffix(family) for family in COMPARED if fact.endswith(family)), fact)
