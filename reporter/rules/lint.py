"""The house's language, as far as a machine can hold it: words that prose never uses, hedges that readings need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reporter.model import Finding, Rule
from reporter.rules.load import Rulebook

NEVER = re.compile(
    r"\b(will|won't|because|prov(?:e|es|ed|en|ing)|guarantee[ds]?|certainly|definitely|smart money"
    r"|we (?:believe|think|expect)|should (?:buy|sell|hold)|price targets?)\b",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(may|might|can|could|suggest\w*|consistent with|often|sometimes|tends?|appears?|seems?|impl(?:y|ies)|indicat\w+"
    r"|hints?|point(?:s|ing)? to|sign of|likely|little sign|hinges?)\b",
    re.IGNORECASE,
)
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def lint(book: Rulebook) -> tuple[Finding, ...]:
    """What is wrong with the rules as they are written, without running them; an empty group is a warning only."""
    return tuple(_findings(book))


def _findings(book: Rulebook) -> Iterator[Finding]:
    for rule in book.rules:
        yield from _cases(book, rule)
        yield from _language(rule)
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
    for number, source in enumerate(rule.say, start=1):
        prose = TAG.sub(" ", source)
        if found := NEVER.search(prose):
            what = f"rule {rule.id!r} says {found[0]!r} in wording {number}"
            yield Finding(rule.where, what, "error", "say what was measured; hedge with may, suggests, consistent with")
        if rule.kind == "reading" and not HEDGE.search(prose):
            what = f"rule {rule.id!r} is a reading without a hedge in wording {number}"
            yield Finding(rule.where, what, "warning", "add one such as may, suggests, consistent with, has often")
