"""Rules and a week's frame become sentences: each rule speaks or says why not, and the outline's choice is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from reporter import units
from reporter.errors import RuleError
from reporter.model import LEAD, Frame, Rule, Said, Sentence, Unsaid
from reporter.rules import context, finish, vary, voice, weight
from reporter.rules.against import false_words, lead_view
from reporter.rules.choose import Candidate, Wordings, chosen
from reporter.rules.context import View
from reporter.rules.figure import UnspokenError
from reporter.rules.finish import finished
from reporter.rules.load import Rulebook
from reporter.rules.outline import Part
from reporter.rules.prose import sentence
from reporter.rules.vary import Memory

MOST_SHOWN = 4
T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """What a note is written with: the rulebook, the edition, and what its earlier notes said."""

    book: Rulebook
    edition: str
    memory: Memory


@dataclass(frozen=True, slots=True)
class Written:
    """The sentences in the order of the outline, why other rules are silent, and the heading of each section; `drafted`
    are the sentences before measures and venues were called by their full names or short ones."""

    sentences: tuple[Sentence, ...]
    unsaid: tuple[Unsaid, ...]
    headings: Mapping[str, str]
    drafted: tuple[Sentence, ...]


def write(book: Rulebook, frame: Frame, edition: str, memory: Iterable[Said] = ()) -> Written:
    """The note's sentences, chosen and in order; `memory` is what earlier notes of the edition said. Raises RuleError
    where a template makes no sentence of its facts."""
    desk = Desk(book, edition, vary.remembered(memory, frame.week))
    candidates: list[Candidate] = []
    unsaid: list[Unsaid] = []
    for rule in book.rules:
        for place, view in enumerate(context.views(rule.subject, frame)):
            found = _candidate(desk, rule, view, place)
            if isinstance(found, Unsaid):
                unsaid.append(found)
            else:
                candidates.append(found)
    drafted, lost = _settled(candidates, desk, frame)
    sentences = finish.named(drafted, book.names, book.outline)
    return Written(sentences, (*unsaid, *lost), headings(book, frame), drafted)


def _settled(
    candidates: Sequence[Candidate], desk: Desk, frame: Frame
) -> tuple[tuple[Sentence, ...], tuple[Unsaid, ...]]:
    """The choice and its wordings, made again without those for which no wording was left and those whose words the
    week's facts deny."""
    barred: dict[Candidate, str] = {}
    while True:
        seated, lost = chosen(candidates, barred, desk.book.pairs)
        sentences, stuck = finished(seated, desk.memory, desk.book.names)
        stuck = stuck or _denied(seated, sentences, desk.book, frame)
        if not stuck:
            break
        barred |= stuck
    line = sorted((each for each in candidates if each in lost), key=lambda each: each.turn)
    return sentences, tuple(
        Unsaid(each.sentence.rule_id, each.sentence.subject, lost[each], each.sentence.where) for each in line
    )


def _denied(
    seated: Sequence[Candidate], sentences: Sequence[Sentence], book: Rulebook, frame: Frame
) -> dict[Candidate, str]:
    """Of sentences, each with its candidate, those with words that the facts deny."""
    view = lead_view(frame)
    found = ((each, false_words(book.pairs, book, view, said)) for each, said in zip(seated, sentences, strict=True))
    return {each: why for each, why in found if why}


def _candidate(desk: Desk, rule: Rule, view: View, place: int) -> Candidate | Unsaid:
    """A rule on a subject in every wording that the week's values allow, or why it is silent."""
    told = _guarded(rule, view, lambda: _told(desk, rule, view))
    if isinstance(told, Unsaid):
        return told
    wordings = _wordings(desk, told, len(rule.say))
    first = next(iter(wordings), None)
    if first is None:
        return wordings.unsaid or Unsaid(rule.id, view.subject, "it has no wording", rule.where)
    joins = _wordings(desk, told, len(rule.joined.say), joined=True) if rule.joined else ()
    needed = tuple(view.key(name) for name in rule.needs)
    after = rule.joined.after if rule.joined else ()
    seat = desk.book.outline.seats[rule.section, rule.group]
    return Candidate(first, wordings, joins, after, needed, seat, place, rule.again, partial(_again, desk.book, told))


@dataclass(frozen=True, slots=True)
class Told:
    """A rule whose condition holds for a subject, and what it weighs there."""

    rule: Rule
    view: View
    rank: float
    weight: float = 0.0


def _told(desk: Desk, rule: Rule, view: View) -> Told | Unsaid:
    """The rule with its weight, or why it is silent."""
    if why := _silence(desk.book, rule, view):
        return Unsaid(rule.id, view.subject, why, rule.where)
    plan = desk.book.plans[rule.id]
    rank = voice.rank(desk.book, plan.rank, view)
    material = weight.materiality(view, plan.names)
    new = weight.novelty(view, plan.names, rule.id, desk.memory)
    return Told(rule, view, rank, weight.weight(rank, material, new, desk.book.outline.weights))


def _wordings(desk: Desk, told: Told, count: int, joined: bool = False) -> Wordings:
    """The wordings in the order in which the week tries them."""
    numbers = vary.order(desk.edition, told.rule.id, desk.memory.week, count)
    tasks = (partial(_sentence, desk.book, told, number, joined) for number in numbers)
    return Wordings(partial(_guarded, told.rule, told.view, task) for task in tasks)


def _again(book: Rulebook, told: Told, one: Sentence, said: Collection[str]) -> Sentence:
    """A wording as it reads where the facts `said` stand in the text already; as it is where it does not ask for it."""
    plan = book.plans[told.rule.id]
    reading = (plan.joined if one.joined else plan.say)[one.variant]
    if not any(told.view.key(name) in said for name in reading.once):
        return one
    behind = replace(told, view=replace(told.view, said=frozenset(said)))
    found = _guarded(told.rule, told.view, partial(_sentence, book, behind, one.variant, one.joined))
    return found if isinstance(found, Sentence) else one


def speaks(book: Rulebook, rule: Rule, view: View) -> bool:
    """Whether a rule has something to say of a view: its facts are there and its condition holds."""
    return not context.missing(view, rule.needs) and voice.holds(book, book.plans[rule.id].when, view)


def worded(book: Rulebook, rule: Rule, view: View, number: int, joined: bool = False) -> Sentence:
    """The sentence in one wording, whether or not the rule speaks. Raises RuleError, with the rule's place, for a fault
    in the template, UnspokenError where the values leave nothing to say."""
    return _sentence(book, Told(rule, view, 0.0), number, joined)


def spoken(book: Rulebook, rule: Rule, view: View, number: int, joined: bool = False) -> Sentence | Unsaid:
    """The sentence in wording `number` as it reads by itself, or why there is none. Raises RuleError for a fault in the
    template."""
    found = drafted(book, rule, view, number, joined)
    return finish.alone(found, book.names) if isinstance(found, Sentence) else found


def drafted(book: Rulebook, rule: Rule, view: View, number: int, joined: bool = False) -> Sentence | Unsaid:
    """The same before measures and venues are called by a name."""

    def said() -> Sentence | Unsaid:
        if why := _silence(book, rule, view):
            return Unsaid(rule.id, view.subject, why, rule.where)
        told = Told(rule, view, voice.rank(book, book.plans[rule.id].rank, view))
        return _sentence(book, told, number, joined)

    return _guarded(rule, view, said)


def _guarded(rule: Rule, view: View, task: Callable[[], T]) -> T | Unsaid:
    """What the task gives, or why the week's values leave nothing to say. Raises RuleError, with the rule's place."""
    try:
        return task()
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


def _sentence(book: Rulebook, told: Told, number: int, joined: bool) -> Sentence:
    rule, view = told.rule, told.view
    plan, part = book.plans[rule.id], book.outline.part(rule.section)
    wording = (plan.joined if joined else plan.say)[number]
    used = dict.fromkeys((*plan.when.names, *plan.rank.names, *wording.names, *wording.swings))
    rendered = voice.rendered(book, wording, view)
    return Sentence(
        parts=sentence(rendered, is_title=part is not None and part.layout == "title", joined=joined),
        section=rule.section,
        group=rule.group,
        subject=view.subject,
        rule_id=rule.id,
        kind=rule.kind,
        topic=rule.topic,
        stance=rule.stance,
        variant=number,
        cites=tuple(dict.fromkeys(view.key(name) for name in used if context.fact(view, name))),
        rank=told.rank,
        where=rule.where,
        weight=told.weight,
        joined=joined,
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
