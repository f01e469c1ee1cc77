"""A dry run: every wording, heading and cell rendered with positive, negative and zero values. A rulebook of one's own
is rehearsed before the first request, a packaged one by the tests; `rules lint` and `rules test` rehearse any."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from jinja2.exceptions import TemplateError

from reporter.errors import RuleError, Several
from reporter.model import LEAD, MARKET, Finding, Frame, Rule, Unit
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
from reporter.rules.write import headings, speaks, worded

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
BRANCHES = re.compile(r"\{%|\bif\b|\b(?:direction|moved|standing|plural)\b")  # where a sign can choose a word
Casting = tuple[tuple[str, ...], tuple[float, ...]]  # facts that are there, and the signs of their values in turn
FAULTS = (RuleError, TemplateError, TypeError, ValueError)


def rehearse(book: Rulebook) -> None:
    """Nothing, where the whole rulebook can be rendered against made-up facts.

    Each rule is tried with all its facts, and with every optional one missing that its condition does not ask for; with
    values of each sign where a wording may choose words by it, and on each rung of the ladder that it uses. A
    wording whose condition is false is rendered too, but only a fault of the template counts then, not its text. Raises
    Several with a line for each fault.
    """
    found = [finding for rule in book.rules for finding in _rule(book, rule)]
    for sign in SIGNS:
        found += _whole(book, frame_of(book.known, _everything(book.known, sign)))
    if found:
        raise Several(tuple(dict.fromkeys(str(finding) for finding in found)))


def _rule(book: Rulebook, rule: Rule) -> Iterator[Finding]:
    plan, trial = book.plans[rule.id], Trial(book, rule)
    for joined, readings in ((False, plan.say), (True, plan.joined)):
        for number, reading in enumerate(readings):
            yield from _wording(trial, reading, number, joined)


@dataclass(frozen=True)
class Trial:
    """A rule on made-up facts: its views and whether its condition holds there are worked out once for all wordings.
    `said` are those that the text before has printed."""

    book: Rulebook
    rule: Rule
    said: tuple[str, ...] = ()
    views: dict[Casting, tuple[View, bool]] = field(default_factory=dict)

    def view(self, casting: Casting) -> tuple[View, bool]:
        if casting not in self.views:
            names, cast = casting
            offers = zip(names, itertools.cycle(cast), strict=False)
            given = {name: _value(self.book.known[name.partition(".")[2]], sign) for name, sign in offers}
            view = view_of(self.rule, frame_of(self.book.known, given))
            self.views[casting] = view, speaks(self.book, self.rule, view)
        return self.views[casting]

    def castings(self, branches: bool) -> Iterator[Casting]:
        """All its facts, then those that cannot be missing, in the signs that a wording can tell apart."""
        plan = self.book.plans[self.rule.id]
        absent = set(self.rule.optional) - plan.when.certain
        for names in dict.fromkeys((plan.names, tuple(name for name in plan.names if name not in absent))):
            for cast in (CASTS if len(names) > 1 else SAME) if branches else SAME[:1]:
                yield names, cast


def _wording(trial: Trial, reading: Reading, number: int, joined: bool) -> Iterator[Finding]:
    """What is wrong with a wording: as it is, behind a text that has printed one or all of the facts of which it asks,
    and with each rung of the ladder that it takes words from."""
    branches = bool(BRANCHES.search(reading.source))
    rungs = (replace(trial.book, ladder=rung) for rung in trial.book.ladder.bands()) if _climbs(reading) else ()
    for casting in trial.castings(branches):
        for said in dict.fromkeys([(), *((name,) for name in reading.once), reading.once]):
            yield from _tried(replace(trial, said=said), casting, number, joined)
    for book in rungs:
        for cast in SAME if branches else SAME[:1]:
            named = trial.book.plans[trial.rule.id].names, cast
            yield from _tried(replace(trial, book=book), named, number, joined)


def _climbs(reading: Reading) -> bool:
    return bool(TAKEN.search(reading.source))


def _tried(trial: Trial, casting: Casting, number: int, joined: bool) -> Iterator[Finding]:
    book, rule, (view, holds) = trial.book, trial.rule, trial.view(casting)
    plan = book.plans[rule.id]
    view = replace(view, said=frozenset(map(view.key, trial.said)))
    try:
        if holds:
            worded(book, rule, view, number, joined)
        else:
            voice.rendered(book, (plan.joined if joined else plan.say)[number], view)
        voice.rank(book, plan.rank, view)
    except (UnspokenError, ArithmeticError):
        return
    except FAULTS as problem:
        what = f"rule {rule.id!r} fails in {'joined ' * joined}wording {number + 1}: {problem}"
        yield Finding(rule.where, what, "error", "mend the wording, or let 'when' exclude these values")


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
