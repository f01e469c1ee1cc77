"""Chosen rules become running text: a wording for each, sentences that go on from one another, names full and short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from reporter.desk_file import FOLDER
from reporter.model import Printed, Sentence
from reporter.rules import called, scopes, vary
from reporter.rules.called import Names
from reporter.rules.choose import PROSE, Candidate, Figure, figures
from reporter.rules.outline import Outline
from reporter.rules.prose import goes_on, open_end, plain
from reporter.rules.vary import Memory

LONGEST = 35  # words of a sentence
OPENING = 3  # words by which two sentences are heard to begin alike
TITLE, BULLETS = "title", "bullets"


@dataclass
class Page:
    """What is written so far: the sentences, their openings and figures, and the wordings that each rule has used."""

    memory: Memory
    names: Names
    sentences: list[Sentence] = field(default_factory=list)
    openings: dict[str, str] = field(default_factory=dict)
    figures: set[Figure] = field(default_factory=set)
    used: dict[tuple[str, bool], tuple[int, ...]] = field(default_factory=dict)

    def fresh(self, wordings: Iterable[Sentence]) -> list[Sentence]:
        """Of a rule's wordings, in the order tried, those that it has not used lately, and that do not read as it last
        did: the same words may stand among those that go on from another sentence."""
        tried = {each.variant: each for each in wordings}
        used = next((self._used(each) for each in tried.values()), ())
        left = [tried[number] for number in vary.fresh(tuple(tried), used)]
        return [one for one in left if alone(one, self.names).text not in self.memory.last(one.rule_id)] or left

    def _used(self, one: Sentence) -> tuple[int, ...]:
        past = self.memory.variants(one.rule_id, one.joined)
        return past + self.used.get((one.rule_id, one.joined), ())

    def anew(self, wordings: Iterable[Sentence], each: Candidate) -> list[Sentence]:
        """The wordings that are left to a rule, as they read behind what the text has printed."""
        said = {fact for fact, _ in self.figures} if each.seat.part.layout == PROSE else set[str]()
        return [each.anew(one, said) for one in self.fresh(wordings)]

    def repeats(self, one: Sentence, each: Candidate) -> bool:
        """Whether a wording prints figures, and only such as stand in the running text already."""
        printed = figures(one) if each.seat.part.layout == PROSE else ()
        return bool(printed) and self.figures.issuperset(printed)

    def add(self, one: Sentence, layout: str) -> None:
        self.sentences.append(one)
        key = one.rule_id, one.joined
        self.used[key] = (*self.used.get(key, ()), one.variant)
        if layout != TITLE and not goes_on(one.text):
            self.openings.setdefault(opening(one, self.names), one.rule_id)
        if layout == PROSE:
            self.figures |= set(figures(one))


def finished(
    chosen: Sequence[Candidate], memory: Memory, names: Names
) -> tuple[tuple[Sentence, ...], dict[Candidate, str]]:
    """The sentences of a note in reading order, worded so that none begins like another and few figures stand twice;
    what measures and venues are called is left open in them.

    Those for which no wording is left are given back with the reason: the choice is then to be made without them.
    """
    page, stuck = Page(memory, names), dict[Candidate, str]()
    scarce = _scarce(chosen, page)
    for before, each in zip((None, *chosen), chosen, strict=False):
        options = _options(each, page, scarce)
        going_on = _going_on(each, before if before not in stuck else None, page, bool(options))
        if going_on is not None:
            page.sentences[-1] = _open_end(page.sentences[-1], going_on)
            page.add(going_on, each.seat.part.layout)
        elif options:
            page.add(options[0], each.seat.part.layout)
        else:
            stuck[each] = _why_stuck(each, page)
    return tuple(page.sentences), stuck


def opening(one: Sentence, names: Names) -> str:
    """The first three words as they are heard: without the measure's name, and any number the same."""
    shown = tuple("#" if isinstance(part, Printed) and not part.word else part for part in one.parts)
    text = scopes.counted(called.short(plain(shown), names)).casefold()
    for name in sorted({name.short.casefold() for name in names.values()}, key=len, reverse=True):
        if text.startswith(f"{name} "):
            text = text.removeprefix(f"{name} ")
            break
    return " ".join(word.strip(",.;:") for word in text.split()[:OPENING])


def alone(one: Sentence, names: Names) -> Sentence:
    """A sentence as it reads by itself, with the names in full."""
    return replace(one, parts=scopes.over(called.named(one.parts, names, set()), scopes.in_full))


def _options(each: Candidate, page: Page, scarce: Mapping[str, Candidate]) -> list[Sentence]:
    """The wordings that are left to a rule, the best first: few figures again, no opening that another one needs."""
    left = [one for one in page.anew(each.wordings, each) if each.again or not page.repeats(one, each)]
    if each.seat.part.layout != TITLE:
        left = [one for one in left if opening(one, page.names) not in page.openings]

    def cost(one: Sentence) -> tuple[int, bool]:
        again = sum(figure in page.figures for figure in figures(one)) if each.seat.part.layout == PROSE else 0
        return again, scarce.get(opening(one, page.names), each) is not each

    return sorted(left, key=cost)


def _scarce(chosen: Iterable[Candidate], page: Page) -> dict[str, Candidate]:
    """The openings of rules that have only one wording left, with the rule that needs each."""
    found: dict[str, Candidate] = {}
    for each in chosen:
        left = {opening(one, page.names) for one in page.fresh(each.wordings)}
        if len(left) == 1 and each.seat.part.layout != TITLE:
            found.setdefault(left.pop(), each)
    return found


def _why_stuck(each: Candidate, page: Page) -> str:
    left = [one for one in page.anew(each.wordings, each) if each.again or not page.repeats(one, each)]
    if not left:
        return "every wording that is left prints only figures that stand in the text already"
    return f"every wording that is left begins like {page.openings[opening(left[0], page.names)]!r}"


# ---- going on from the sentence before -------------------------------------------------------------------------------


def _going_on(each: Candidate, before: Candidate | None, page: Page, options: bool) -> Sentence | None:
    """The wording in which a rule goes on from the sentence before it, where it has one for that and it fits; not twice
    running, where it can stand by itself."""
    if before is None or before.sentence.group not in each.after or not page.sentences:
        return None
    last = page.sentences[-1]
    near = before.seat.paragraph is each.seat.paragraph and each.seat.part.layout == PROSE
    if not near or last.rule_id != before.sentence.rule_id or (options and page.memory.went_on(each.sentence.rule_id)):
        return None
    joins = (one for one in page.anew(each.joins, each) if each.again or not page.repeats(one, each))
    return next((one for one in joins if _fits(one, last, page)), None)


def _fits(one: Sentence, last: Sentence, page: Page) -> bool:
    if not goes_on(one.text):
        return opening(one, page.names) not in page.openings
    words = sum(len(alone(each, page.names).text.split()) for each in (last, one))  # as long as it may become
    is_twice = f", {one.text.split(' ', maxsplit=1)[0]} " in last.text  # "with this, with that"
    is_free = not (last.joined and goes_on(last.text)) and last.text.endswith(".")
    return is_free and not is_twice and words <= LONGEST


def _open_end(last: Sentence, going_on: Sentence) -> Sentence:
    return replace(last, parts=open_end(last.parts)) if goes_on(going_on.text) else last


def named(sentences: Iterable[Sentence], names: Names, outline: Outline) -> tuple[Sentence, ...]:
    """The sentences with each measure's full name where a section first speaks of it, and the short one after; with
    venues in full where bullets or the text below them first name them, and by their number in a title. What an editor
    typed may name others: in it and behind it they are named again."""
    met: dict[str, set[str]] = {}
    venues: dict[bool, list[str]] = {True: [], False: []}

    def scoped(layout: str, text: str) -> str:
        return scopes.counted(text) if layout == TITLE else scopes.named(text, venues[layout == BULLETS])

    done: list[Sentence] = []
    for each in sentences:
        is_typed = each.where.startswith(f"{FOLDER}/")
        if is_typed:
            venues = {True: [], False: []}
        part = outline.part(each.section)
        parts = called.named(each.parts, names, met.setdefault(each.section, set()))
        done.append(replace(each, parts=scopes.over(parts, partial(scoped, part.layout if part else ""))))
        if is_typed:
            venues = {True: [], False: []}
    return tuple(done)
