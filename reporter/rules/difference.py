"""Two weeks against each other: frames and what was written of them go in, what moved, came, went and turned comes
out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from reporter.model import MARKET, Fact, Frame, Gap, Printed, Sentence
from reporter.rules.load import Rulebook
from reporter.rules.write import Written

SWING = "_swing"


@dataclass(frozen=True, slots=True)
class Move:
    """A fact of both weeks; `swing` is the share of the past year's weekly changes that are smaller than this one."""

    before: Fact
    now: Fact
    swing: float


@dataclass(frozen=True, slots=True)
class Reversal:
    """Two sentences that say the opposite of each other: another stance on the same topic, or another direction."""

    before: Sentence
    now: Sentence
    what: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A section whose heading changed."""

    section: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What is other than the week before."""

    before: Frame
    now: Frame
    moves: tuple[Move, ...]
    reversed: tuple[Reversal, ...]
    new: tuple[Sentence, ...]
    gone: tuple[Sentence, ...]
    headings: tuple[Heading, ...]
    gaps_new: tuple[Gap, ...]
    gaps_mended: tuple[Gap, ...]


Noted = tuple[Frame, Written]


def difference(book: Rulebook, before: Noted, now: Noted) -> Difference:
    """What changed from one week to the next. A sentence is the same where the same rule speaks of the same subject,
    whatever its wording."""
    turned = tuple(_reversed(before[1].sentences, now[1].sentences))
    told = {id(sentence) for pair in turned for sentence in (pair.before, pair.now)}
    return Difference(
        before=before[0],
        now=now[0],
        moves=tuple(_moves(before[0], now[0])),
        reversed=turned,
        new=tuple(said for said in _only(now[1].sentences, before[1].sentences) if id(said) not in told),
        gone=tuple(said for said in _only(before[1].sentences, now[1].sentences) if id(said) not in told),
        headings=tuple(_headings(book, before[1], now[1])),
        gaps_new=tuple(_gaps(now[0], before[0])),
        gaps_mended=tuple(_gaps(before[0], now[0])),
    )


def _moves(before: Frame, now: Frame) -> list[Move]:
    """Every fact of both weeks that has a swing, the one that moved most for its kind first; the market's before an
    asset's."""
    found = []
    for (subject, name), swing in now.facts.items():
        if not name.endswith(SWING) or isinstance(swing.value, date):
            continue
        key = subject, name.removesuffix(SWING)
        fact, last = now.facts.get(key), before.facts.get(key)
        if fact and last:
            found.append(Move(last, fact, swing.value))
    order = (MARKET, *now.assets)
    return sorted(found, key=lambda move: (-move.swing, order.index(move.now.subject), move.now.name))


def _reversed(before: Iterable[Sentence], now: Iterable[Sentence]) -> Iterator[Reversal]:
    """Each sentence of now with the first of before that it reverses."""
    earlier = list(before)
    for said in now:
        for old in earlier:
            if what := _against(old, said):
                yield Reversal(old, said, what)
                earlier.remove(old)
                break


def _against(old: Sentence, said: Sentence) -> str:
    """How one sentence reverses another, or an empty text."""
    if old.subject != said.subject:
        return ""
    if old.topic == said.topic and old.stance and said.stance and old.stance != said.stance:
        return f"{said.topic}: {old.stance} to {said.stance}"
    if (old.section, old.group) != (said.section, said.group):
        return ""
    earlier, later = _directions(old), _directions(said)
    turned = (fact for fact, sign in later.items() if sign * earlier.get(fact, 0) < 0)
    fact = next(turned, "")
    return f"{fact} turned" if fact else ""


def _directions(said: Sentence) -> dict[str, int]:
    """The signs of the facts that a sentence says the direction of in a word."""
    words = (part for part in said.parts if isinstance(part, Printed) and part.word)
    return {part.fact: (float(part.value) > 0) - (float(part.value) < 0) for part in words if _is_number(part.value)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _only(here: Iterable[Sentence], there: Iterable[Sentence]) -> Iterator[Sentence]:
    known = {(said.rule_id, said.subject) for said in there}
    return (said for said in here if (said.rule_id, said.subject) not in known)


def _headings(book: Rulebook, before: Written, now: Written) -> Iterator[Heading]:
    for part in book.outline.parts:
        old, new = before.headings.get(part.id, ""), now.headings.get(part.id, "")
        if old != new:
            yield Heading(part.id, old, new)


def _gaps(here: Frame, there: Frame) -> list[Gap]:
    """The gaps of one week that are none in the other."""
    return sorted((gap for key, gap in here.gaps.items() if key not in there.gaps), key=lambda gap: gap.key)
