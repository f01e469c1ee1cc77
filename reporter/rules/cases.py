"""The examples beside the rules, run: each rule speaks and is silent where its author says it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from reporter.errors import RuleError
from reporter.model import LEAD, Case, Fact, Finding, Frame, Period, Rule, Unsaid, Week
from reporter.rules import context
from reporter.rules.context import View
from reporter.rules.lint import lint
from reporter.rules.load import Rulebook
from reporter.rules.names import ASSET, Catalogue
from reporter.rules.write import spoken

WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))
LEADER, OTHER = "BTC", "ETH"


def run_cases(book: Rulebook) -> tuple[Finding, ...]:
    """What the cases and the reading of the rules find; empty where all is well.

    A case happens in week 2026-W07 with BTC as lead; an `asset` rule speaks of ETH in it. A fact that a case does not
    give is missing.
    """
    found = [finding for rule in book.rules for case in rule.cases for finding in _run(book, rule, case)]
    return (*found, *lint(book))


def frame_of(known: Catalogue, given: Mapping[str, float | date]) -> Frame:
    """A frame with nothing in it but the given facts, by `subject.name`."""
    period = Period(WEEK.start, WEEK.end)
    facts: dict[tuple[str, str], Fact] = {}
    for full, value in given.items():
        owner, _, name = full.partition(".")
        subject = {LEAD: LEADER, ASSET: OTHER}.get(owner, owner)
        facts[subject, name] = Fact(name, subject, value, known[name].unit, period, WEEK.end, "")
    return Frame(WEEK, LEADER, (LEADER, OTHER), facts, {})


def view_of(rule: Rule, frame: Frame) -> View:
    """The rule's view of a made-up frame: an asset rule speaks of the asset that does not lead."""
    return View(frame, rule.subject, OTHER if rule.subject == ASSET else frame.subject(rule.subject))


def _run(book: Rulebook, rule: Rule, case: Case) -> Iterator[Finding]:
    view = view_of(rule, frame_of(book.known, case.given))
    try:
        yield from _speaking(book, rule, case, view) if case.speaks else _silent(book, rule, case, view)
    except RuleError as problem:
        yield Finding(case.where, f"rule {rule.id!r} fails in this case: {problem}", "error", "mend its wording")


def _speaking(book: Rulebook, rule: Rule, case: Case, view: View) -> Iterator[Finding]:
    """Every wording is written, also as it reads where its facts have been said; the first is compared with the case's
    text."""
    for number in range(len(rule.say)):
        spoken(book, rule, replace(view, said=frozenset(map(view.key, case.given))), number)
        said = spoken(book, rule, view, number)
        if isinstance(said, Unsaid):
            what = f"rule {rule.id!r} should speak and is silent: {said.why}"
            yield Finding(case.where, what, "error", "change the values of the case or the rule")
            return
        if number == 0 and case.text not in said.text:
            what = f"rule {rule.id!r} should say {case.text!r} and says {said.text!r}"
            yield Finding(case.where, what, "error", "change the text of the case or the wording")


def _silent(book: Rulebook, rule: Rule, case: Case, view: View) -> Iterator[Finding]:
    said = spoken(book, rule, view, 0)
    if not isinstance(said, Unsaid):
        what = f"rule {rule.id!r} should be silent and says {said.text!r}"
        yield Finding(case.where, what, "error", "change the values of the case or the rule")
    elif (why := context.missing(view, rule.needs)) and book.plans[rule.id].when.names:
        what = f"rule {rule.id!r} is silent here only since it {why}"
        yield Finding(case.where, what, "error", "give the fact a value that makes 'when' false")
