"""The finished note's language: sentences and headings in, findings out for each thing that the house does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from reporter.language import Fault, faults, superlative_faults, word_faults
from reporter.language.figures import figure_faults, length_faults
from reporter.model import Finding, Frame, Note, Sentence, Unit

SIGNED = frozenset({"quote"})  # kinds of text for which a person answers by name


def findings(note: Note, frame: Frame) -> tuple[Finding, ...]:
    """Every fault of the language, as an error with the words and what to write instead."""
    known = {fact.key: fact.unit for fact in frame.facts.values()}
    found = (
        *(finding for said in note.sentences for finding in _sentence(said, known.get)),
        *_running_on(note),
        *_headings(note),
    )
    return tuple(dict.fromkeys(found))


def _sentence(said: Sentence, unit_of: Callable[[str], Unit | None]) -> Iterator[Finding]:
    for fault in faults(said.parts, said.kind, unit_of, signed=said.kind in SIGNED):
        yield _finding(said.where, f"{said.text!r} ({said.rule_id})", fault)


def _running_on(note: Note) -> Iterator[Finding]:
    """Sentences that go on from the one before them, by their length together."""
    paragraphs = (paragraph for section in note.sections for paragraph in section.paragraphs)
    for paragraph in paragraphs:
        for one, other in pairwise(paragraph):
            if other.joined and not other.text[:1].isupper():
                for fault in length_faults(f"{one.text} {other.text}"):
                    yield _finding(other.where, f"{one.rule_id} with {other.rule_id}", fault)


def _headings(note: Note) -> Iterator[Finding]:
    for section in note.sections:
        labels = [("label", said.label) for paragraph in section.paragraphs for said in paragraph]
        for what, text in (("heading", section.heading), *labels):
            for fault in (*word_faults(text), *superlative_faults(text), *figure_faults((text,))):
                yield _finding(f"section {section.id!r}", f"the {what} {text!r}", fault)


def _finding(where: str, who: str, fault: Fault) -> Finding:
    return Finding(where, f"{who}: {fault}", "error", fault.instead)
