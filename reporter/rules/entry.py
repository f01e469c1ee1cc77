"""One rule of a rulebook: its keys read, its templates walked, its cases checked against the facts that it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, cast

from reporter.errors import RuleError, nearest
from reporter.model import MARKET, Case, Joined, Rule, Unit
from reporter.rules import names
from reporter.rules.names import SUBJECTS, Catalogue, Offer
from reporter.rules.outline import Outline, seat_problem
from reporter.rules.prose import JOINING
from reporter.rules.shapes import Place, Reading, is_finite
from reporter.rules.sheet import Sheet, Steps
from reporter.rules.walk import read

KINDS = ("fact", "reading", "watch")
HEAD = ("section", "group", "subject", "kind", "topic")
KEYS = ("id", *HEAD, "stance", "when", "rank", "optional", "say", "joined", "again", "outcome", "cases")
CASE_KEYS = ("speak", "silent", "text")
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the walk made of a rule: its condition, its rank, its wordings and those that go on from another sentence,
    each with the facts it uses; `outcome` is read on the week that follows."""

    when: Reading
    rank: Reading
    say: tuple[Reading, ...]
    joined: tuple[Reading, ...] = ()
    outcome: Reading | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every fact of its own week that the rule uses, in the order of first use."""
        readings = (self.when, self.rank, *self.say, *self.joined)
        return tuple(dict.fromkeys(name for one in readings for name in (*one.names, *one.swings)))

    @property
    def swings(self) -> frozenset[str]:
        """The facts that verbs rest on where they are known: none of them is needed."""
        readings = (self.when, self.rank, *self.say, *self.joined)
        needed = {name for one in readings for name in one.names}
        return frozenset(name for one in readings for name in one.swings if name not in needed)

    @property
    def grounded(self) -> Plan:
        """The same plan, its hedges resting on all facts of the rule."""
        say, joined = (tuple(replace(one, grounds=self.names) for one in some) for some in (self.say, self.joined))
        return replace(self, say=say, joined=joined)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all rules stand on: the catalogue of facts, and the words of tables that prose may take."""

    known: Catalogue
    words: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as it stands in its file: the sheet, the path to it, its id and the place of its templates."""

    sheet: Sheet
    at: Steps
    id: str
    place: Place

    def wrong(self, steps: Steps, *problems: str) -> None:
        for problem in problems:
            self.sheet.wrong((*self.at, *steps), f"rule {self.id!r}: {problem}")

    def spelt(self, full: Iterable[str]) -> list[str]:
        return [name.removeprefix(f"{self.place.subject}.") for name in full]


def rule(sheet: Sheet, at: Steps, outline: Outline | None, ground: Ground) -> tuple[Rule, Plan]:
    """The rule that stands at `at`; what is wrong with it is noted in the sheet."""
    if not sheet.mapping(at, KEYS):
        return _blank(sheet, at), Plan(Reading("", ()), Reading("", ()), ())
    entry = _entry(sheet, at, ground)
    section, group = (sheet.text(_head(entry, key)) for key in ("section", "group"))
    if outline and section and group and (problem := seat_problem(outline, section, group)):
        sheet.wrong(_head(entry, "group"), f"rule {entry.id!r}: {problem}")
    plan = _plan(entry)
    for name in entry.spelt(sorted(entry.place.optional - set(plan.names))):
        entry.wrong(("optional",), f"'optional' lists {name!r}, which the rule never uses; remove it")
    _joinable(entry, outline, section)
    cases = tuple(_case(entry, number, plan) for number in sheet.items((*at, "cases")))
    return _record(entry, plan, cases), plan


def _blank(sheet: Sheet, at: Steps) -> Rule:
    where = sheet.where(*at)
    return Rule("", "", "", MARKET, "fact", "", "", "", (), "", (), (), (), where)


def _entry(sheet: Sheet, at: Steps, ground: Ground) -> Entry:
    name = sheet.text((*at, "id"))
    if name and not ID.fullmatch(name):
        sheet.wrong((*at, "id"), f"the rule id {name!r} is not small letters, figures and single hyphens; rename it")
    entry = Entry(sheet, at, name, Place(ground.known, MARKET))
    subject = sheet.one_of(_head(entry, "subject"), SUBJECTS)
    entry = Entry(sheet, at, name, Place(ground.known, subject if subject in SUBJECTS else MARKET, words=ground.words))
    return Entry(sheet, at, name, replace(entry.place, optional=frozenset(_optional(entry))))


def _head(entry: Entry, key: str) -> Steps:
    """Where a key is written: in the rule, else at the head of the file where that has it."""
    inside = entry.sheet.at((*entry.at, key)) is not None or entry.sheet.at((key,)) is None
    return (*entry.at, key) if inside else (key,)


def _optional(entry: Entry) -> list[str]:
    """The full names under `optional`. A misspelt one is a mistake here."""
    found: list[str] = []
    for number, name in enumerate(entry.sheet.texts((*entry.at, "optional"))):
        owner, _, short = name.rpartition(".")
        owner = owner or entry.place.subject
        try:
            if owner not in SUBJECTS or not short.isidentifier():
                raise RuleError(f"{name!r} is not the name of a fact; write one such as lead.dvol")
            found.append(f"{owner}.{names.offer(entry.place.known, owner, short).name}")
        except RuleError as problem:
            entry.wrong(("optional", number), str(problem))
    return found


def _plan(entry: Entry) -> Plan:
    sheet, at, place = entry.sheet, entry.at, entry.place
    when = read(sheet.text((*at, "when")), "when", place)
    rank = read(sheet.text((*at, "rank"), "0.5"), "rank", place)
    inside = replace(place, certain=when.certain)
    say = tuple(read(text, "say", inside) for text in sheet.texts((*at, "say"), least=1))
    joins = tuple(read(text, "say", inside) for text in sheet.texts((*at, "joined", "say")))
    entry.wrong(("when",), *(when.problems if when.source else ()))
    entry.wrong(("rank",), *rank.problems)
    for steps, readings in ((("say",), say), (("joined", "say"), joins)):
        for number, reading in enumerate(readings):
            entry.wrong((*steps, number), *reading.problems)
    return Plan(when, rank, say, joins, _outcome(entry)).grounded


def _outcome(entry: Entry) -> Reading | None:
    """What the week that follows is looked at for, of a `watch` rule; any of its facts may be missing then."""
    source = entry.sheet.text((*entry.at, "outcome"), "")
    if not source:
        return None
    if entry.sheet.at(_head(entry, "kind")) != "watch":
        entry.wrong(
            ("outcome",), "'outcome' looks at the week that follows a 'watch' rule; change the kind or remove it"
        )
    reading = read(source, "when", replace(entry.place, optional=frozenset()))
    entry.wrong(("outcome",), *reading.problems)
    return reading


def _joinable(entry: Entry, outline: Outline | None, section: str) -> None:
    """Notes what is wrong with how a rule goes on from another sentence."""
    sheet, at = entry.sheet, (*entry.at, "joined")
    if sheet.at(at) is None or not sheet.mapping(at, ("after", "say")):
        return
    sheet.items((*at, "say"), least=1)
    for number, group in enumerate(sheet.texts((*at, "after"), least=1)):
        if outline and section and (problem := seat_problem(outline, section, group)):
            entry.wrong(("joined", "after", number), problem)
    for number, text in enumerate(sheet.texts((*at, "say"))):
        if text.split(" ")[0] not in JOINING and not text[:1].isupper():
            listed = ", ".join(JOINING)
            entry.wrong(("joined", "say", number), f"begin it with one of {listed}, or with a capital and a pronoun")


def _record(entry: Entry, plan: Plan, cases: tuple[Case, ...]) -> Rule:
    sheet, optional = entry.sheet, entry.place.optional | plan.swings
    kind = sheet.one_of(_head(entry, "kind"), KINDS)
    return Rule(
        id=entry.id,
        section=sheet.text(_head(entry, "section"), ""),
        group=sheet.text(_head(entry, "group"), ""),
        subject=entry.place.subject,
        kind=cast(Literal["fact", "reading", "watch"], kind),
        topic=sheet.text(_head(entry, "topic")),
        stance=sheet.text((*entry.at, "stance"), ""),
        when=plan.when.source,
        say=tuple(reading.source for reading in plan.say),
        rank=plan.rank.source,
        needs=tuple(name for name in plan.names if name not in optional),
        optional=tuple(name for name in plan.names if name in optional),
        cases=cases,
        where=sheet.where(*entry.at),
        joined=_joined(entry, plan),
        again=sheet.flag((*entry.at, "again")),
        outcome=plan.outcome.source if plan.outcome else "",
    )


def _joined(entry: Entry, plan: Plan) -> Joined | None:
    if not plan.joined:
        return None
    return Joined(entry.sheet.texts((*entry.at, "joined", "after")), tuple(one.source for one in plan.joined))


# ---- cases -----------------------------------------------------------------------------------------------------------


def _case(entry: Entry, number: int, plan: Plan) -> Case:
    """An example beside the rule, its values by full name."""
    sheet, at = entry.sheet, (*entry.at, "cases", number)
    sheet.mapping(at, CASE_KEYS)
    found = sheet.at(at) if isinstance(sheet.at(at), dict) else {}
    if ("speak" in found) == ("silent" in found):
        entry.wrong(("cases", number), "a case has either 'speak' or 'silent', with the values of its facts; write one")
        return Case(True, {}, "", sheet.where(*at))
    head = "speak" if "speak" in found else "silent"
    text = sheet.text((*at, "text"), "")
    if text and head == "silent":
        entry.wrong(("cases", number, "text"), "a silent case has no text; remove it")
    return Case(head == "speak", _values(entry, ("cases", number, head), plan), text, sheet.where(*at))


def _values(entry: Entry, at: Steps, plan: Plan) -> dict[str, float | date]:
    found = entry.sheet.at((*entry.at, *at))
    if found is not None and not isinstance(found, dict):
        entry.wrong(at, f"{at[-1]!r} has no values; write them as in {{liquidations_usd: 1.9e9}}")
    values: dict[str, float | date] = {}
    for name, value in (found if isinstance(found, dict) else {}).items():
        full = name if "." in name else f"{entry.place.subject}.{name}"
        if full not in plan.names:
            spelt = entry.spelt(plan.names)
            hint = nearest(name, spelt) or f"; it uses {', '.join(spelt) or 'none'}"
            entry.wrong((*at, name), f"a case gives {name!r}, which the rule does not use{hint}")
            continue
        worth, wanted = _worth(value, entry.place.known[full.split(".")[1]])
        if worth is None:
            entry.wrong((*at, name), f"a case gives {value!r} for {name!r}; expected {wanted}")
        else:
            values[full] = worth
    return values


def _worth(found: Any, offer: Offer) -> tuple[float | date | None, str]:
    """A case's value in its unit, or None and what was expected."""
    if offer.unit is Unit.DATE:
        try:
            return date.fromisoformat(str(found)), ""
        except ValueError:
            return None, "a date such as 2026-02-11"
    if not is_finite(found):
        return None, "a finite number"
    if offer.unit is Unit.SHARE and offer.family != "change" and not 0 <= found <= 1:
        return None, "a share from 0 to 1"
    return float(found), ""
