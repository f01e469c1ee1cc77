"""Rules and a week's frame become sentences: each rule speaks or says why not, and the outline's choice is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporter import units
from reporter.errors import RuleError
from reporter.model import LEAD, Frame, Rule, Sentence, Unsaid
from reporter.rules import context, voice
from reporter.rules.choose import Candidate, chosen
from reporter.rules.context import View
from reporter.rules.figure import UnspokenError
from reporter.rules.load import Rulebook
from reporter.rules.outline import Part
from reporter.rules.prose import sentence
from reporter.rules.vary import variant

MOST_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Written:
    """The sentences in the order of the outline, why other rules are silent, and the heading of each section."""

    sentences: tuple[Sentence, ...]
    unsaid: tuple[Unsaid, ...]
    headings: Mapping[str, str]


def write(book: Rulebook, frame: Frame, edition: str) -> Written:
    """The note's sentences, chosen and in order. Raises RuleError where a template makes no sentence of its facts."""
    candidates: list[Candidate] = []
    unsaid: list[Unsaid] = []
    for rule in book.rules:
        for place, view in enumerate(context.views(rule.subject, frame)):
            said = spoken(book, rule, view, variant(edition, rule.id, frame.week, len(rule.say), place))
            if isinstance(said, Unsaid):
                unsaid.append(said)
            else:
                needed = tuple(view.key(name) for name in rule.needs)
                candidates.append(Candidate(said, needed, book.outline.seats[rule.section, rule.group], place))
    sentences, lost = chosen(candidates)
    return Written(sentences, (*unsaid, *lost), headings(book, frame))


def spoken(book: Rulebook, rule: Rule, view: View, number: int) -> Sentence | Unsaid:
    """The sentence in wording `number`, or why there is none. Raises RuleError for a fault in the template."""
    try:
        if why := _silence(book, rule, view):
            return Unsaid(rule.id, view.subject, why, rule.where)
        return _sentence(book, rule, view, number)
    except UnspokenError as reason:
        return Unsaid(rule.id, view.subject, str(reason), rule.where)
    except ArithmeticError as problem:
        why = f"its values cannot be calculated with ({type(problem).__name__})"
        return Unsaid(rule.id, view.subject, why, rule.where)
    except RuleError as problem:
        raise RuleError(f"{rule.where}: rule {rule.id!r}: {problem}") from None


def _silence(book: Rulebook, rule: Rule, view: View) -> str:
    """Why the rule does not speak, or an empty text where it does."""
    if why := context.missing(view, rule.needs):
        return why
    when = book.plans[rule.id].when
    if voice.holds(book, when, view):
        return ""
    found = (context.fact(view, name) for name in when.names[:MOST_SHOWN])
    said = ", ".join(f"{each.key} is {units.text(each.value, each.unit)}" for each in found if each)
    return f"its condition is false: {when.source}" + (f" ({said})" if said else "")


def _sentence(book: Rulebook, rule: Rule, view: View, number: int) -> Sentence:
    plan, part = book.plans[rule.id], book.outline.part(rule.section)
    used = dict.fromkeys((*plan.when.names, *plan.rank.names, *plan.say[number].names))
    rendered = voice.rendered(book, plan.say[number], view)
    return Sentence(
        parts=sentence(rendered, is_title=part is not None and part.layout == "title"),
        section=rule.section,
        group=rule.group,
        subject=view.subject,
        rule_id=rule.id,
        kind=rule.kind,
        topic=rule.topic,
        stance=rule.stance,
        variant=number,
        cites=tuple(dict.fromkeys(view.key(name) for name in used if context.fact(view, name))),
        rank=voice.rank(book, plan.rank, view),
        where=rule.where,
    )


def shortfalls(book: Rulebook, sentences: Sequence[Sentence]) -> list[tuple[str, int, int]]:
    """`(section, found, least)` for each section with fewer sentences than the outline asks for."""
    counts = {part: sum(said.section == part.id for said in sentences) for part in book.outline.parts}
    return [(part.id, found, part.least) for part, found in counts.items() if found < part.least]


def headings(book: Rulebook, frame: Frame) -> dict[str, str]:
    """The heading of each section: the first conditional one that holds for the lead asset, else the plain one."""
    return {part.id: _heading(book, part, View(frame, LEAD, frame.lead)) for part in book.outline.parts}


def _heading(book: Rulebook, part: Part, view: View) -> str:
    for each in part.headings:
        if context.missing(view, (*each.when.names, *each.say.names)):
            continue
        if voice.holds(book, each.when, view):
            return voice.label(book, each.say, view)
    return part.heading
