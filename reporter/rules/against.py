"""Contradictions, from one table: sentences that cannot stand in one note, and words that the week's facts deny.

```yaml
stances:                    # a sentence of one stance against a sentence of another
  - id: built-or-cut
    one: {topic: leverage, stance: build}
    other: {topic: leverage, stance: contraction}
    same_subject: false     # true unless said
    why: leverage cannot both grow and shrink
words:                      # words against a condition on the lead asset and the market, in rule language
  - id: deleveraging
    words: [deleverag*, longs ... closed]     # * is the rest of a word, ... up to five words of the same clause
    unless: [implied]                         # not where one of these words stands in the sentence
    against: lead.open_interest_coins_growth > 0.02
    why: open interest grew in coins
```

What is said of another asset is held against that asset's facts. A condition whose facts are missing does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from reporter.language import asserted, phrase, unquoted
from reporter.model import LEAD, MARKET, Fact, Frame, Sentence
from reporter.rules import called, context, scopes
from reporter.rules.context import View
from reporter.rules.names import Catalogue, coin
from reporter.rules.prose import plain
from reporter.rules.shapes import Place, Reading
from reporter.rules.sheet import Sheet, Steps, noted
from reporter.rules.walk import read

if TYPE_CHECKING:
    from reporter.rules.load import Rulebook

STANCE_KEYS = ("id", "one", "other", "same_subject", "why")
WORD_KEYS = ("id", "words", "unless", "against", "why")


@dataclass(frozen=True, slots=True)
class Side:
    """A stance on a topic."""

    topic: str
    stance: str

    def fits(self, said: Sentence) -> bool:
        return (said.topic, said.stance) == (self.topic, self.stance)


@dataclass(frozen=True, slots=True)
class StancePair:
    """Two stances that deny each other, of one subject or, where `same_subject` is false, of any two."""

    id: str
    one: Side
    other: Side
    same_subject: bool
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class WordPair:
    """Words that are false in a week in which the condition holds."""

    id: str
    words: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    against: Reading
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """The table."""

    stances: tuple[StancePair, ...] = ()
    words: tuple[WordPair, ...] = ()


def conflict(pairs: Pairs, said: Sentence, other: Sentence) -> str:
    """Why two sentences cannot stand in one note, or an empty text: two stances on one topic and subject, or a pair of
    the table."""
    same = said.stance and other.stance and (said.subject, said.topic) == (other.subject, other.topic)
    if same and said.stance != other.stance:
        return f"{said.stance!r} against {other.stance!r} on {said.topic} of {said.subject}"
    for pair in pairs.stances:
        alike = said.subject == other.subject or (not pair.same_subject and MARKET in (said.subject, other.subject))
        if alike and any(pair.one.fits(a) and pair.other.fits(b) for a, b in ((said, other), (other, said))):
            return f"{pair.why} ({pair.id!r} in {pair.where})"
    return ""


def false_words(pairs: Pairs, book: Rulebook, view: View, said: Sentence) -> str:
    """Which words of a sentence the facts of the view's week deny, and why; an empty text where none."""
    text = scopes.in_full(plain(called.named(unquoted(said.parts), book.names, set())))
    for pair in pairs.words:
        found = next((match for each in pair.words if (match := asserted(each, text))), None)
        if not found or any(each.search(text) for each in pair.unless):
            continue
        about = _about(view.frame, _whom(view.frame, said.subject, text, found.start()))
        if not context.missing(about, pair.against.names) and _holds(book, pair.against, about):
            return f"it says {found[0]!r}, and {pair.why} ({pair.id!r} in {pair.where})"
    return ""


def lead_view(frame: Frame) -> View:
    """A frame as a rule on the lead asset sees it."""
    return View(frame, LEAD, frame.lead)


def _holds(book: Rulebook, when: Reading, view: View) -> bool:
    return book.compiled.evaluate(when.source, context.values(view, when.names), when.tree) is True


def _whom(frame: Frame, subject: str, text: str, at: int) -> str:
    """Whom the words at a place speak of: the asset named last before them, else first after them, else the subject."""
    named = sorted((match.start(), asset) for asset in frame.assets for match in _names(asset).finditer(text))
    before, after = ([asset for start, asset in named if (start < at) == side] for side in (True, False))
    return before[-1] if before else after[0] if after else subject


@cache
def _names(asset: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{re.escape(asset)}|(?i:{re.escape(coin(asset))}))\b")


def _about(frame: Frame, subject: str) -> View:
    """The frame as words on one subject are held against it: of an asset that does not lead, its own facts only."""
    if subject in (MARKET, LEAD, frame.lead):
        return lead_view(frame)
    mine = [fact for (owner, _), fact in frame.facts.items() if owner == subject]
    facts: dict[tuple[str, str], Fact] = {(owner, fact.name): fact for fact in mine for owner in (subject, MARKET)}
    return View(replace(frame, lead=subject, facts=facts), LEAD, subject)


# ---- reading the file ------------------------------------------------------------------------------------------------


def parse(sheet: Sheet, known: Catalogue) -> Pairs:
    """The table in a document; mistakes are noted in the sheet and what they stand in is left out."""
    if not sheet.mapping((), ("stances", "words")):
        return Pairs()
    stances = tuple(_stances(sheet, ("stances", number)) for number in sheet.items(("stances",)))
    words = tuple(_words(sheet, ("words", number), known) for number in sheet.items(("words",)))
    _once(sheet, [(("stances", n), each.id) for n, each in enumerate(stances)])
    _once(sheet, [(("words", n), each.id) for n, each in enumerate(words)])
    return Pairs(stances, words)


def unheard(pairs: Pairs, stances: Iterable[tuple[str, str]]) -> list[tuple[StancePair, Side]]:
    """The sides of the table that no rule takes, among the `(topic, stance)` of all rules."""
    taken = set(stances)
    return [
        (pair, side)
        for pair in pairs.stances
        for side in (pair.one, pair.other)
        if (side.topic, side.stance) not in taken
    ]


def _stances(sheet: Sheet, at: Steps) -> StancePair:
    sheet.mapping(at, STANCE_KEYS)
    same = sheet.at((*at, "same_subject")) is None or sheet.flag((*at, "same_subject"))
    one, other = (_side(sheet, (*at, key)) for key in ("one", "other"))
    return StancePair(sheet.text((*at, "id")), one, other, same, sheet.text((*at, "why")), sheet.where(*at))


def _side(sheet: Sheet, at: Steps) -> Side:
    sheet.mapping(at, ("topic", "stance"))
    return Side(sheet.text((*at, "topic")), sheet.text((*at, "stance")))


def _words(sheet: Sheet, at: Steps, known: Catalogue) -> WordPair:
    sheet.mapping(at, WORD_KEYS)
    source = sheet.text((*at, "against"))
    against = read(source, "when", Place(known, LEAD))
    noted(sheet, (*at, "against"), "", against.problems if source else ())
    words, unless = _phrases(sheet, (*at, "words"), least=1), _phrases(sheet, (*at, "unless"), least=0)
    return WordPair(sheet.text((*at, "id")), words, unless, against, sheet.text((*at, "why")), sheet.where(*at))


def _phrases(sheet: Sheet, at: Steps, least: int) -> tuple[re.Pattern[str], ...]:
    found = []
    for number, words in enumerate(sheet.texts(at, least)):
        try:
            found += [phrase(words)] if words else []
        except ValueError as problem:
            sheet.wrong((*at, number), str(problem))
    return tuple(found)


def _once(sheet: Sheet, found: Iterable[tuple[Steps, str]]) -> None:
    seen: set[str] = set()
    for at, name in found:
        if name and name in seen:
            sheet.wrong((*at, "id"), f"the id {name!r} stands twice; give one of them another name")
        seen.add(name)
