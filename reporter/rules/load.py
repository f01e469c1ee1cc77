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
from reporter.rules import against, called, ladder, spellings
from reporter.rules.against import Pairs
from reporter.rules.called import Names
from reporter.rules.entry import HEAD, Ground, Plan, rule
from reporter.rules.ladder import EMPTY, HEDGE, Ladder
from reporter.rules.names import Catalogue, catalogue, split
from reporter.rules.outline import Outline, parse
from reporter.rules.sandbox import Compiled
from reporter.rules.sheet import Sheet, opened
from reporter.spelling import PLAIN, Spelling

OUTLINE, NAMES, LADDER = "outline.yaml", "names.yaml", "ladder.yaml"
CONTRADICTIONS, SPELLING = "contradictions.yaml", "spelling.yaml"
TABLES = (OUTLINE, NAMES, LADDER, CONTRADICTIONS, SPELLING, "press.yaml")  # no rulebooks


@dataclass(frozen=True)
class Rulebook:
    """All rules of a newsletter, walked and ready; `digest` is the sha256 of the files they came from."""

    outline: Outline
    rules: tuple[Rule, ...]
    digest: str
    names: Names
    known: Catalogue = field(repr=False, compare=False)
    plans: Mapping[str, Plan] = field(repr=False, compare=False)
    ladder: Ladder
    pairs: Pairs
    spelling: Spelling
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
    sheets = {name: opened(path, f"rules/{name}", problems) for name, path in files.items()}
    sheet = sheets[OUTLINE]
    outline = parse(sheet, known) if sheet else None
    names = called.parse(found) if (found := sheets.get(NAMES)) else {}
    rungs = ladder.parse(found) if (found := sheets.get(LADDER)) else EMPTY
    pairs = against.parse(found, known) if (found := sheets.get(CONTRADICTIONS)) else Pairs()
    spelling = spellings.parse(found) if (found := sheets.get(SPELLING)) else PLAIN
    words = {called.CALLED: frozenset(names), HEDGE: frozenset(rungs.hedges)}
    books = [book for name, book in sheets.items() if book and name not in TABLES]
    found_rules = [pair for book in books for pair in _rules(book, outline, Ground(known, words))]
    problems += _twice(each for each, _ in found_rules)
    if problems or outline is None:
        raise Several(problems)
    plans = {each.id: plan for each, plan in found_rules}
    rules = tuple(each for each, _ in found_rules)
    return Rulebook(outline, rules, _digest(files), names, known, plans, rungs, pairs, spelling)


def digest(templates: Sequence[Path]) -> str:
    """The `digest` of the rulebook that a search path of template folders has."""
    return _digest(_files(templates))


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


def _rules(sheet: Sheet, outline: Outline | None, ground: Ground) -> list[tuple[Rule, Plan]]:
    if not sheet.mapping((), (*HEAD, "rules")):
        return []
    return [rule(sheet, ("rules", number), outline, ground) for number in sheet.items(("rules",), least=1)]


def _twice(rules: Iterable[Rule]) -> list[str]:
    first: dict[str, Rule] = {}
    lines = []
    for each in rules:
        other = first.setdefault(each.id, each)
        if each.id and other is not each:
            lines.append(f"{each.where}: the rule id {each.id!r} stands already at {other.where}; rename one of them")
    return lines
