"""A dry run: every wording, heading and cell rendered with positive, negative and zero values, before the first
request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from jinja2.exceptions import TemplateError

from reporter.errors import RuleError, Several
from reporter.model import LEAD, MARKET, Finding, Frame, Rule, Unit, Unsaid
from reporter.rules import voice
from reporter.rules.box import box_rows
from reporter.rules.cases import OTHER, WEEK, frame_of, view_of
from reporter.rules.context import View
from reporter.rules.figure import UnspokenError
from reporter.rules.ladder import TAKEN
from reporter.rules.load import Rulebook
from reporter.rules.names import ASSET, Catalogue, Offer
from reporter.rules.prose import sentence
from reporter.rules.shapes import Reading
from reporter.rules.write import headings, spoken

TYPICAL: Mapping[Unit, float] = {
    Unit.USD: 1.9e9,
    Unit.PRICE: 69812.0,
    Unit.COIN: 1234.5,
    Unit.SHARE: 0.72,
    Unit.FRACTION: 0.083,
    Unit.RATE: 0.0001,
    Unit.APR: 0.1095,
    Unit.POINTS: 45.2,
    Unit.RATIO: 3.4,
    Unit.INDEX: 38.0,
    Unit.COUNT: 3.0,
}
SIGNS = (1.0, -1.0, 0.0)
SAME = tuple((sign,) * 4 for sign in SIGNS)
MIXED = tuple(tuple(SIGNS[each % 3] for each in (a, b, a + b, a + 2 * b)) for a in range(3) for b in range(3) if a or b)
CASTS = (*SAME, *MIXED)  # every pair of signs of any two facts among four neighbours: Taguchi's L9, and all alike
FAULTS = (RuleError, TemplateError, TypeError, ValueError)


def rehearse(book: Rulebook) -> None:
    """Nothing, where the whole rulebook can be rendered against made-up facts.

    Each rule is tried with all its facts, and with every optional one missing that its condition does not ask for. A
    wording whose condition is false is rendered too, but only a fault of the template counts then, not its text. Raises
    Several with a line for each fault.
    """
    found = [finding for rule in book.rules for each in _books(book, rule) for finding in _rule(each, rule)]
    for sign in SIGNS:
        found += _whole(book, frame_of(book.known, _everything(book.known, sign)))
    if found:
        raise Several(tuple(dict.fromkeys(str(finding) for finding in found)))


def _books(book: Rulebook, rule: Rule) -> Iterator[Rulebook]:
    """The rulebook; for a rule that takes words from the ladder also with each rung in turn in place of all others."""
    yield book
    if any(TAKEN.search(reading.source) for reading in (*book.plans[rule.id].say, *book.plans[rule.id].joined)):
        yield from (replace(book, ladder=rung) for rung in book.ladder.bands())


def _rule(book: Rulebook, rule: Rule) -> Iterator[Finding]:
    plan = book.plans[rule.id]
    absent = set(rule.optional) - plan.when.certain
    for names in dict.fromkeys((plan.names, tuple(name for name in plan.names if name not in absent))):
        for cast in CASTS if len(names) > 1 else SAME:
            offers = zip(names, itertools.cycle(cast), strict=False)
            given = {name: _value(book.known[name.partition(".")[2]], sign) for name, sign in offers}
            yield from _wordings(book, rule, view_of(rule, frame_of(book.known, given)))


def faults(book: Rulebook, reading: Reading, subject: str, is_title: bool) -> tuple[str, ...]:
    """What is wrong with a wording that belongs to no rule, tried on made-up facts of each sign."""
    found: dict[str, None] = {}
    for sign in SIGNS:
        given = {name: _value(book.known[name.partition(".")[2]], sign) for name in reading.names}
        frame = frame_of(book.known, given)
        view = View(frame, subject, OTHER if subject == ASSET else frame.subject(subject))
        try:
            sentence(voice.rendered(book, reading, view), is_title)
        except (UnspokenError, ArithmeticError):
            continue
        except FAULTS as problem:
            found[str(problem)] = None
    return tuple(found)


def _wordings(book: Rulebook, rule: Rule, view: View) -> Iterator[Finding]:
    plan = book.plans[rule.id]
    for number, reading in enumerate(plan.say):
        try:
            if isinstance(spoken(book, rule, view, number), Unsaid):
                voice.rendered(book, reading, view)
                voice.rank(book, plan.rank, view)
        except (UnspokenError, ArithmeticError):
            continue
        except FAULTS as problem:
            what = f"rule {rule.id!r} fails in wording {number + 1}: {problem}"
            yield Finding(rule.where, what, "error", "mend the wording, or let 'when' exclude these values")


def _whole(book: Rulebook, frame: Frame) -> Iterator[Finding]:
    tasks: tuple[Callable[[Rulebook, Frame], object], ...] = (headings, box_rows)
    for task in tasks:
        try:
            task(book, frame)
        except FAULTS as problem:
            yield Finding("rules/outline.yaml", f"the outline fails: {problem}", "error", "mend the heading or the row")


def _everything(known: Catalogue, sign: float) -> dict[str, float | date]:
    owners = {MARKET: (MARKET,), ASSET: (LEAD, ASSET)}
    return {
        f"{owner}.{name}": _value(offer, sign)
        for name, offer in known.items()
        for kind in offer.each
        for owner in owners[kind]
    }


def _value(offer: Offer, sign: float) -> float | date:
    """A value that the unit can have; one that is never negative stays positive."""
    if offer.unit is Unit.DATE:
        return WEEK.last_day
    return TYPICAL[offer.unit] * (abs(sign) if offer.is_level else sign)
