"""A rulebook's templates at work: whether a condition holds, what a rank comes to, what a wording says."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

from jinja2 import nodes

from reporter.model import MARKET, Frame, Sentence
from reporter.rules import called, context, ladder, scopes
from reporter.rules.confidence import Confidence
from reporter.rules.confidence import confidence as confident
from reporter.rules.context import View
from reporter.rules.figure import UnspokenError, unmark
from reporter.rules.ladder import HEDGE
from reporter.rules.load import Rulebook
from reporter.rules.prose import Parts, plain, tidied
from reporter.rules.shapes import Reading

MIDDLE = 0.5


def holds(book: Rulebook, when: Reading, view: View) -> bool:
    """Whether the condition is true."""
    return book.compiled.evaluate(when.source, context.values(view, when.names), when.tree) is True


def rank(book: Rulebook, reading: Reading, view: View) -> float:
    """How much a sentence matters; the middle where an optional fact that it is ranked by is missing.

    Raises ArithmeticError where the expression comes to no finite number.
    """
    if context.missing(view, reading.names):
        return MIDDLE
    value = _plain(reading, view)
    if value is None:
        value = book.compiled.evaluate(reading.source, context.values(view, reading.names), reading.tree)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ArithmeticError("rank")
    return float(value)


def _plain(reading: Reading, view: View) -> object:
    """The value of a rank that is just a number or a fact, as most are; None where it has to be calculated."""
    if isinstance(reading.tree, nodes.Const):
        return cast(object, reading.tree.value)
    is_fact = isinstance(reading.tree, nodes.Name | nodes.Getattr) and len(reading.names) == 1
    found = context.fact(view, reading.names[0]) if is_fact else None
    return found.value if found else None


def rendered(book: Rulebook, reading: Reading, view: View) -> str:
    """The text of a template, with its marks and as it came. Raises UnspokenError where a verb that says that
    nothing changed is followed by a size."""
    words = {called.CALLED: {key: called.placed(key) for key in book.names}, HEDGE: _hedges(book, reading, view)}
    names = context.figures(view, reading.names, book.known, words, book.ladder)
    text = book.compiled.render(reading.source, names, reading.tree)
    flat = book.ladder.flat
    if flat and flat in text and (key := ladder.stuck(unmark(text), flat)):
        raise UnspokenError(f"{key} prints as zero, from which its wording cannot go on")
    return text


def confidence(book: Rulebook, names: Iterable[str], view: View) -> Confidence:
    """How sure the facts of these full names make us, and why: which step of the ladder a hedge that rests on them
    takes."""
    keys = (view.key(name).split(".", 1) for name in names)
    return confident(book.ladder.limits, book.known, view.frame, ((subject, name) for subject, name in keys))


def confidence_of(book: Rulebook, frame: Frame, said: Sentence) -> Confidence:
    """How sure the facts behind a written sentence make us, and why."""
    return confidence(book, book.plans[said.rule_id].names, View(frame, MARKET, said.subject))


def _hedges(book: Rulebook, reading: Reading, view: View) -> dict[str, str]:
    """The ladder's hedges as sure as the facts of the rule make us; none for a template that takes none."""
    if f"{HEDGE}." not in reading.source:
        return {}
    return book.ladder.hedged(confidence(book, reading.grounds or reading.names, view).step)


def parts(book: Rulebook, reading: Reading, view: View) -> Parts:
    """The parts of a text that is no sentence: a cell, a label."""
    return unmark(scopes.in_full(tidied(rendered(book, reading, view))))


def label(book: Rulebook, reading: Reading, view: View) -> str:
    """The text of a heading or label, which prints no figures."""
    return plain(parts(book, reading, view))
