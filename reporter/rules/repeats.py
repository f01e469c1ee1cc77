"""What a reader of many notes would notice twice: finished sentences go in, repetitions come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from reporter.model import Sentence, Week
from reporter.rules.choose import PROSE, figures
from reporter.rules.finish import TITLE, opening
from reporter.rules.load import Rulebook
from reporter.rules.prose import goes_on
from reporter.rules.vary import reach

Kind = Literal["figure", "opening", "wording", "sentence"]
KINDS: dict[Kind, str] = {
    "figure": "figures printed twice in the running text of one note",
    "opening": "sentences of one note that begin alike",
    "wording": "wordings used again too soon",
    "sentence": "sentences that stood in the note before",
}

Weekly = tuple[Week, Sequence[Sentence]]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Something that stands twice: in which week, from which rule, what, and where it stood first: another rule or an
    earlier week."""

    kind: Kind
    week: str
    rule_id: str
    what: str
    first: str


def repeats(book: Rulebook, weeks: Sequence[Weekly]) -> Iterator[Repeat]:
    """Every repetition in the notes of some weeks, the oldest first, week by week and then from note to note."""
    for week, sentences in weeks:
        yield from _figures(book, week, sentences)
        yield from _openings(book, week, sentences)
    yield from _wordings(book, weeks)
    for (before, earlier), (week, sentences) in pairwise(weeks):
        stood = {said.text for said in earlier}
        for said in sentences:
            if said.text in stood:
                yield Repeat("sentence", week.label, said.rule_id, said.text, before.label)


def _figures(book: Rulebook, week: Week, sentences: Sequence[Sentence]) -> Iterator[Repeat]:
    """Figures of one fact and one text in two sentences of the running text, but where a rule may print them again."""
    printed: dict[tuple[str, str], str] = {}
    may = {rule.id for rule in book.rules if rule.again}
    for said in sentences:
        if _layout(book, said) != PROSE:
            continue
        for figure in figures(said):
            first = printed.setdefault(figure, said.rule_id)
            if first != said.rule_id and said.rule_id not in may:
                yield Repeat("figure", week.label, said.rule_id, " ".join(figure), first)


def _openings(book: Rulebook, week: Week, sentences: Sequence[Sentence]) -> Iterator[Repeat]:
    heard: dict[str, str] = {}
    for said in sentences:
        if _layout(book, said) == TITLE or goes_on(said.text):
            continue
        begins = opening(said, book.names)
        if begins in heard:
            yield Repeat("opening", week.label, said.rule_id, begins, heard[begins])
        heard.setdefault(begins, said.rule_id)


def _wordings(book: Rulebook, weeks: Sequence[Weekly]) -> Iterator[Repeat]:
    """Of a rule's n wordings those used again within its next min(n - 1, 8) appearances; joined ones count apart."""
    counts = {(rule.id, False): len(rule.say) for rule in book.rules}
    counts |= {(rule.id, True): len(rule.joined.say) for rule in book.rules if rule.joined}
    used: dict[tuple[str, bool], list[tuple[int, str]]] = {}
    for week, sentences in weeks:
        for said in sentences:
            key = said.rule_id, said.joined
            back = reach(counts.get(key, 1))
            lately = used.setdefault(key, [])
            recent = dict(lately[-back:]) if back else {}
            if said.variant in recent:
                what = f"wording {said.variant + 1} of {counts[key]}"
                yield Repeat("wording", week.label, said.rule_id, what, recent[said.variant])
            lately.append((said.variant, week.label))


def _layout(book: Rulebook, said: Sentence) -> str:
    part = book.outline.part(said.section)
    return part.layout if part else ""
