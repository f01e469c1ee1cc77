"""The house's language, as far as a machine can hold it: words that prose never uses, hedges that readings need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from reporter.errors import nearest
from reporter.language import FIGURE, superlative_faults, word_faults
from reporter.model import Finding, Rule
from reporter.rules.against import unheard
from reporter.rules.ladder import HEDGE as HEDGES
from reporter.rules.load import Rulebook
from reporter.rules.shapes import Reading

HEDGE = re.compile(
    r"\b(may|might|can|could|suggest\w*|consistent with|often|sometimes|tends?|appears?|seems?|impl(?:y|ies)|indicat\w+"
    r"|hints?|ha(?:s|ve) been known|point(?:s|ing)? to|sign of|likely|little sign|hinges?)\b",
    re.IGNORECASE,
)
UNCERTAIN = re.compile(  # what a reading says that hedges itself: what the data leave open
    r"\b((?:cannot|do(?:es)? not|did not|is not|are not) (?:be )?(?:show|shown|say|said|tell|told|prove|proved|reveal"
    r"|establish|established|known)|says? (?:little|nothing)|no assurance|little sign|rarely settles?|hinges?)\b",
    re.IGNORECASE,
)

FIGURES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def lint(book: Rulebook) -> tuple[Finding, ...]:
    """What is wrong with the rules as they are written, without running them; an empty group is a warning only."""
    return tuple(_findings(book))


def _findings(book: Rulebook) -> Iterator[Finding]:
    for rule in book.rules:
        yield from _cases(book, rule)
        yield from _language(rule)
        if rule.kind == "reading":
            yield from _hedging(book, rule)
    yield from _ladder(book)
    yield from _unheard(book)
    filled = {(rule.section, rule.group) for rule in book.rules}
    for (section, group), seat in book.outline.seats.items():
        if (section, group) not in filled:
            what = f"no rule speaks in group {group!r} of section {section!r}"
            yield Finding(seat.part.where, what, "warning", "write one, or remove the group from rules/outline.yaml")


def can_be_silent(book: Rulebook, rule: Rule) -> bool:
    """Whether there are values, or missing facts, with which the rule says nothing."""
    return bool(rule.needs or book.plans[rule.id].when.names or rule.when not in {"true", "True"})


def _cases(book: Rulebook, rule: Rule) -> Iterator[Finding]:
    speaks = {case.speaks for case in rule.cases}
    if True not in speaks:
        what = f"rule {rule.id!r} has no case in which it speaks"
        yield Finding(rule.where, what, "error", "add '- speak: {fact: value}' under 'cases'")
    if False not in speaks and can_be_silent(book, rule):
        what = f"rule {rule.id!r} has no case in which it is silent"
        yield Finding(rule.where, what, "error", "add '- silent: {fact: value}' under 'cases'")


def _language(rule: Rule) -> Iterator[Finding]:
    """What the house never says, in each wording as it is written; a figure stands for each that is printed."""
    joined = rule.joined.say if rule.joined else ()
    for number, source in enumerate((*rule.say, *joined), start=1):
        prose = " ".join(TAG.sub(" ", FIGURES.sub(FIGURE, source)).split())
        for fault in (*word_faults(prose, rule.kind), *superlative_faults(prose)):
            yield Finding(rule.where, f"rule {rule.id!r}: {fault} (wording {number})", "error", fault.instead)


def _unheard(book: Rulebook) -> Iterator[Finding]:
    """Stances in the table of contradictions that no rule takes."""
    taken = {(rule.topic, rule.stance) for rule in book.rules}
    for pair, side in unheard(book.pairs, taken):
        near = nearest(side.stance, [stance for topic, stance in taken if topic == side.topic]).removeprefix("; ")
        what = f"{pair.id!r}: no rule takes the stance {side.stance!r} on {side.topic!r}"
        yield Finding(pair.where, what, "warning", near or "correct it, or remove the pair")


def _hedging(book: Rulebook, rule: Rule) -> Iterator[Finding]:
    """Readings take their hedges from the ladder, unless they say what the data leave open."""
    plan = book.plans[rule.id]
    for number, reading in enumerate((*plan.say, *plan.joined), start=1):
        prose = TAG.sub(" ", reading.source)
        if takes_hedge(reading) or UNCERTAIN.search(prose):
            continue
        if by_hand := HEDGE.search(prose):
            what = f"rule {rule.id!r} is hedged by hand with {by_hand[0]!r} in wording {number}"
            yield Finding(rule.where, what, "warning", f"take it from the ladder: {_rung(book, by_hand[0])}")
        else:
            what = f"rule {rule.id!r} is a reading without a hedge in wording {number}"
            yield Finding(rule.where, what, "warning", "add one from the ladder, such as {{ hedge.may }}")


def takes_hedge(reading: Reading) -> bool:
    """Whether a template takes a hedge from the ladder."""
    inside = reading.tree.find_all(nodes.Getattr) if reading.tree else ()
    return any(isinstance(each.node, nodes.Name) and each.node.name == HEDGES for each in inside)


def _rung(book: Rulebook, word: str) -> str:
    """The ladder's hedge that reads like a word, or one for example."""
    near = (name for name, forms in book.ladder.hedges.items() if word.lower() in forms.values())
    return f"{{{{ {HEDGES}.{next(near, 'may')} }}}}"


def _ladder(book: Rulebook) -> Iterator[Finding]:
    for words in book.ladder.words:
        for fault in word_faults(words, "reading"):
            what = f"the ladder says {fault.words!r} in {words!r}"
            yield Finding(book.ladder.where, what, "error", "a hedge leaves the matter open even where it is firm")
