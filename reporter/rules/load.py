"""Rulebooks from template folders: every file read, every template walked, all mistakes reported at once.

A rulebook is a YAML file in `rules/` of a template folder; what it may hold is described in `reporter.rules`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reporter.errors import RuleError, Several
from reporter.model import Measure, Rule
from reporter.rules.entry import HEAD, Plan, rule
from reporter.rules.names import Catalogue, catalogue, split
from reporter.rules.outline import Outline, parse
from reporter.rules.sandbox import Compiled
from reporter.rules.sheet import Sheet, opened

OUTLINE = "outline.yaml"


@dataclass(frozen=True)
class Rulebook:
    """All rules of a newsletter, walked and ready; `digest` is the sha256 of the files they came from."""

    outline: Outline
    rules: tuple[Rule, ...]
    digest: str
    known: Catalogue = field(repr=False, compare=False)
    plans: Mapping[str, Plan] = field(repr=False, compare=False)
    compiled: Compiled = field(default_factory=Compiled, repr=False, compare=False)


def load(templates: Sequence[Path], measures: Sequence[Measure]) -> Rulebook:
    """The rulebook of a search path of template folders, in the catalogue of `measures`.

    `rules/outline.yaml` is that of the first folder that has one; of rulebooks with one file name the first counts.
    Raises Several with a `file:line: what; remedy` for every mistake in every file, RuleError without an outline.
    """
    files = _files(templates)
    if OUTLINE not in files:
        raise RuleError(f"rules/{OUTLINE}: no template folder has one; copy the packaged templates/rules/{OUTLINE}")
    known, problems = catalogue(measures), list[str]()
    sheet = opened(files[OUTLINE], f"rules/{OUTLINE}", problems)
    outline = parse(sheet, known) if sheet else None
    books = [opened(path, f"rules/{name}", problems) for name, path in files.items() if name != OUTLINE]
    found = [pair for book in books if book for pair in _rules(book, outline, known)]
    problems += _twice(each for each, _ in found)
    if problems or outline is None:
        raise Several(problems)
    plans = {each.id: plan for each, plan in found}
    return Rulebook(outline, tuple(each for each, _ in found), _digest(files), known, plans)


def spoken_of(book: Rulebook) -> frozenset[str]:
    """The names of the facts that rules may state or decide by; of a comparison, the fact that it compares."""
    names = (name.partition(".")[2] for rule in book.rules for name in (*rule.needs, *rule.optional))
    return frozenset(split(name)[0] for name in names)


def needs(rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The `subject.name` of every fact that a rule cannot do without, and of those that it can."""
    return rule.needs, rule.optional


def _files(templates: Sequence[Path]) -> dict[str, Path]:
    """The file of each name, in the order of names: the first folder's that has it."""
    files: dict[str, Path] = {}
    for folder in templates:
        for path in (folder / "rules").glob("*.yaml"):
            files.setdefault(path.name, path)
    return dict(sorted(files.items()))


def _digest(files: Mapping[str, Path]) -> str:
    total = hashlib.sha256()
    for name, path in files.items():
        body = path.read_bytes()
        total.update(f"{name}\0{len(body)}\0".encode() + body)
    return total.hexdigest()


def _rules(sheet: Sheet, outline: Outline | None, known: Catalogue) -> list[tuple[Rule, Plan]]:
    if not sheet.mapping((), (*HEAD, "rules")):
        return []
    return [rule(sheet, ("rules", number), outline, known) for number in sheet.items(("rules",), least=1)]


def _twice(rules: Iterable[Rule]) -> list[str]:
    first: dict[str, Rule] = {}
    lines = []
    for each in rules:
        other = first.setdefault(each.id, each)
        if each.id and other is not each:
            lines.append(f"{each.where}: the rule id {each.id!r} stands already at {other.where}; rename one of them")
    return lines
