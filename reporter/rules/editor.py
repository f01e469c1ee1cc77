"""A desk file in, an editor's decisions for one week out: quotes, and sentences added, dropped, replaced, attributed.

What it may hold is described in docs/desk.md. Every mistake in it is found at once and named with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import cast

from reporter.desk_file import FOLDER, Action
from reporter.errors import RuleError, Several, nearest
from reporter.language import FIGURE, superlative_faults, word_faults
from reporter.model import LEAD, MARKET, Finding, Unit, Week
from reporter.rules import called, ladder, names
from reporter.rules.entry import KINDS
from reporter.rules.lint import HEDGE, TAG, UNCERTAIN, takes_hedge
from reporter.rules.load import Rulebook
from reporter.rules.names import SUBJECTS
from reporter.rules.outline import seat_problem
from reporter.rules.rehearse import faults
from reporter.rules.shapes import Place, Reading, is_finite
from reporter.rules.sheet import Sheet, Steps, opened
from reporter.rules.typed import day, line, link
from reporter.rules.walk import read

QUOTE_KEYS = ("text", "speaker", "role", "date", "link", "outlet", "section", "group", "after", "lead_in", "who", "why")
ADD_KEYS = ("section", "group", "after", "subject", "kind", "topic", "stance")
SIGNED = ("who", "why", "until")
CHECKED = ("expects", "strict")
ENTRY_KEYS: Mapping[Action, tuple[str, ...]] = {
    "add": ("add", "say", *SIGNED, *CHECKED),
    "drop": ("drop", "subject", *SIGNED, *CHECKED),
    "replace": ("replace", "subject", "say", *SIGNED, *CHECKED),
    "attribute": ("attribute", "subject", "outlet", "link", *SIGNED, *CHECKED),
}
HOME = "flows"  # where a quote stands that names no section
OLDEST = timedelta(days=60)
LONGEST = 500  # characters of a quote
TICKER = re.compile(r"[A-Z0-9]{1,12}")
MARKS = '"“”„«»'


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a sentence stands: behind the sentence of the rule `after`, or else last in its group."""

    section: str
    group: str
    after: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's words as they were said; `link` leads to where they are printed."""

    text: str
    speaker: str
    role: str
    day: date
    outlet: str
    link: str
    seat: Seat
    lead_in: Reading | None
    who: str
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision about a sentence. `subject` is empty where it is about all of the rule's; `expects` are the facts
    that the editor saw, by name."""

    action: Action
    rule_id: str
    subject: str
    seat: Seat | None
    kind: str
    topic: str
    stance: str
    say: Reading | None
    outlet: str
    link: str
    expects: Mapping[str, float | date]
    strict: bool
    until: date | None
    who: str
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class DeskFile:
    """All decisions for a week, and what is worth knowing about their language."""

    quotes: tuple[Quote, ...] = ()
    entries: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()


NOTHING = DeskFile()


def read_desk_file(path: Path, book: Rulebook, week: Week) -> DeskFile:
    """The decisions in a file; none where there is no file. Raises Several with a `file:line: what; remedy` each."""
    if not path.exists():
        return NOTHING
    problems: list[str] = []
    sheet = opened(path, f"{FOLDER}/{path.name}", problems)
    found = _parsed(_Desk(sheet, book, week)) if sheet else NOTHING
    if problems:
        raise Several(problems)
    return found


@dataclass(frozen=True)
class _Desk:
    """What a file is read against."""

    sheet: Sheet
    book: Rulebook
    week: Week


def _parsed(desk: _Desk) -> DeskFile:
    sheet = desk.sheet
    if sheet.document.data is None or not sheet.mapping((), ("quotes", "sentences")):
        return NOTHING
    quotes = tuple(_quote(desk, ("quotes", number)) for number in sheet.items(("quotes",)))
    found = [_entry(desk, ("sentences", number)) for number in sheet.items(("sentences",))]
    entries = tuple(each for each in found if each)
    return DeskFile(quotes, entries, tuple(_unhedged(entries)))


# ---- quotes ----------------------------------------------------------------------------------------------------------


def _quote(desk: _Desk, at: Steps) -> Quote:
    sheet = desk.sheet
    if not sheet.mapping(at, QUOTE_KEYS):
        return Quote("", "", "", desk.week.last_day, "", "", Seat("", "", ""), None, "", "", "")
    text = line(sheet, (*at, "text"), LONGEST)
    if text and (text[0] in MARKS or text[-1] in MARKS):
        sheet.wrong((*at, "text"), "'text' has quotation marks around it; remove them: they are printed by themselves")
    lead_in = _said(desk, (*at, "lead_in"), LEAD, "fact") if sheet.at((*at, "lead_in")) is not None else None
    return Quote(
        text=text,
        speaker=line(sheet, (*at, "speaker")),
        role=line(sheet, (*at, "role")),
        day=_quoted_on(desk, (*at, "date")),
        outlet=line(sheet, (*at, "outlet"), default=""),
        link=link(sheet, (*at, "link")),
        seat=_quote_seat(desk, at),
        lead_in=lead_in,
        who=line(sheet, (*at, "who"), default=""),
        why=line(sheet, (*at, "why"), default=""),
        where=sheet.where(*at),
    )


def _quoted_on(desk: _Desk, at: Steps) -> date:
    last = desk.week.cut.date()
    said = day(desk.sheet, at) or last
    if not last - OLDEST <= said <= last:
        against = "after the cut of" if said > last else f"more than {OLDEST.days} days before that of"
        what = f"'date' {said.isoformat()} is {against} {desk.week.label} ({last.isoformat()})"
        desk.sheet.wrong(at, f"{what}; quote what was said lately")
    return said


def _quote_seat(desk: _Desk, at: Steps) -> Seat:
    """The seat that is written there; else the last group of the section on flows, or of the first one in prose."""
    parts = [part for part in desk.book.outline.parts if part.groups]
    prose = [part.id for part in parts if part.layout == "prose"] or [part.id for part in parts]
    section = desk.sheet.text((*at, "section"), HOME if HOME in prose else prose[0])
    part = desk.book.outline.part(section)
    group = desk.sheet.text((*at, "group"), part.groups[-1] if part and part.groups else "")
    return _seat(desk, at, section, group)


# ---- sentences -------------------------------------------------------------------------------------------------------


def _entry(desk: _Desk, at: Steps) -> Entry | None:
    sheet, found = desk.sheet, desk.sheet.at(at)
    actions = [action for action in ENTRY_KEYS if isinstance(found, dict) and action in found]
    if len(actions) != 1:
        sheet.wrong(at, f"expected one of {', '.join(ENTRY_KEYS)}, with 'who' and 'why'")
        return None
    action = actions[0]
    sheet.mapping(at, ENTRY_KEYS[action])
    added = action == "add" and sheet.mapping((*at, "add"), ADD_KEYS)
    rule_id = "" if action == "add" else _rule_id(desk, (*at, action))
    own = next((rule for rule in desk.book.rules if rule.id == rule_id), None)
    kind = own.kind if own else sheet.one_of((*at, "add", "kind"), KINDS, "fact")
    says = action in {"add", "replace"}
    cites = action == "attribute"
    return Entry(
        action=action,
        rule_id=rule_id,
        subject=_subject(desk, (*at, "add", "subject") if added else (*at, "subject"), MARKET if added else ""),
        seat=_add_seat(desk, (*at, "add")) if added else None,
        kind=kind,
        topic=sheet.text((*at, "add", "topic"), "") if added else "",
        stance=sheet.text((*at, "add", "stance"), "") if added else "",
        say=_said(desk, (*at, "say"), _spoken_of(desk, at, rule_id), kind) if says else None,
        outlet=line(sheet, (*at, "outlet")) if cites else "",
        link=link(sheet, (*at, "link")) if cites else "",
        expects=_expects(desk, (*at, "expects")),
        strict=sheet.flag((*at, "strict")),
        until=day(sheet, (*at, "until")) if sheet.at((*at, "until")) is not None else None,
        who=line(sheet, (*at, "who")),
        why=line(sheet, (*at, "why"), LONGEST),
        where=sheet.where(*at),
    )


def _rule_id(desk: _Desk, at: Steps) -> str:
    found, known = desk.sheet.text(at), [rule.id for rule in desk.book.rules]
    if found and found not in known:
        hint = nearest(found, known) or "; `reporter rules show` lists them"
        desk.sheet.wrong(at, f"no rule is called {found!r}{hint}")
    if at[-1] == "attribute" and any(rule.id == found and _is_title(desk, rule.section) for rule in desk.book.rules):
        desk.sheet.wrong(at, f"the rule {found!r} writes the title, which names no outlet; attribute another sentence")
    return found


def _is_title(desk: _Desk, section: str) -> bool:
    part = desk.book.outline.part(section)
    return part is not None and part.layout == "title"


def _subject(desk: _Desk, at: Steps, default: str) -> str:
    """`market`, `lead` or a ticker; a sentence of the editor's own speaks of market or lead."""
    found = desk.sheet.text(at, default)
    own = at[-2] == "add"
    if found and found not in {MARKET, LEAD} and (own or not TICKER.fullmatch(found)):
        wanted = f"{MARKET} or {LEAD}" + ("" if own else ", or a ticker such as ETH")
        desk.sheet.wrong(at, f"'subject' is {found!r}; expected {wanted}")
    return found


def _spoken_of(desk: _Desk, at: Steps, rule_id: str) -> str:
    """The subject whose facts a wording may name without an owner."""
    own = next((rule.subject for rule in desk.book.rules if rule.id == rule_id), "")
    found = own or desk.sheet.at((*at, "add", "subject")) or MARKET
    return found if found in SUBJECTS else MARKET


def _add_seat(desk: _Desk, at: Steps) -> Seat:
    return _seat(desk, at, desk.sheet.text((*at, "section")), desk.sheet.text((*at, "group")))


def _seat(desk: _Desk, at: Steps, section: str, group: str) -> Seat:
    if section and group and (problem := seat_problem(desk.book.outline, section, group)):
        desk.sheet.wrong(at, problem)
    after = desk.sheet.text((*at, "after"), "")
    known = [rule.id for rule in desk.book.rules if rule.section == section]
    if after and after not in known:
        hint = nearest(after, known) or f"; it has {', '.join(known) or 'none'}"
        desk.sheet.wrong((*at, "after"), f"section {section!r} has no rule {after!r}{hint}")
    return Seat(section, group, after)


def _said(desk: _Desk, at: Steps, subject: str, kind: str) -> Reading:
    """A wording in the rules' language, read and tried on made-up facts."""
    source = desk.sheet.text(at)
    words = {called.CALLED: frozenset(desk.book.names), ladder.HEDGE: frozenset(desk.book.ladder.hedges)}
    reading = read(source, "say", Place(desk.book.known, subject, words=words))
    problems = list(reading.problems) if source else []
    prose = TAG.sub(lambda tag: FIGURE if tag[0].startswith("{{") else " ", source)
    problems += [f"{fault}; {fault.instead}" for fault in (*word_faults(prose, kind), *superlative_faults(prose))]
    part = desk.book.outline.part(_section(desk, at))
    is_title = part is not None and part.layout == "title"
    if source and not problems:
        problems += faults(desk.book, reading, subject, is_title)
    for problem in problems:
        desk.sheet.wrong(at, problem)
    return reading


def _section(desk: _Desk, at: Steps) -> str:
    """The section of the rule that is replaced, or that is written there."""
    entry = at[:-1]
    rule_id = desk.sheet.at((*entry, "replace"))
    own = next((rule.section for rule in desk.book.rules if rule.id == rule_id), "")
    return own or str(desk.sheet.at((*entry, "add", "section")) or "")


def _expects(desk: _Desk, at: Steps) -> dict[str, float | date]:
    found = desk.sheet.at(at)
    if found is not None and not isinstance(found, dict):
        desk.sheet.wrong(at, "'expects' has no values; write them as in {market.liquidations_usd: 1.9e9}")
    values = {}
    for name, value in (found if isinstance(found, dict) else {}).items():
        worth = _worth(desk, (*at, name), name, value)
        if worth is not None:
            values[name] = worth
    return values


def _worth(desk: _Desk, at: Steps, name: str, value: object) -> float | date | None:
    owner, _, short = name.rpartition(".")
    if not owner or (owner not in {MARKET, LEAD} and not TICKER.fullmatch(owner)):
        desk.sheet.wrong(at, f"{name!r} names no subject; write it as market.{short} or lead.{short}")
        return None
    try:
        offer = names.offer(desk.book.known, MARKET if owner == MARKET else LEAD, short)
    except RuleError as problem:
        desk.sheet.wrong(at, str(problem))
        return None
    if offer.unit is Unit.DATE:
        return day(desk.sheet, at)
    if not is_finite(value):
        desk.sheet.wrong(at, f"{name!r} is {value!r}; expected a number, as `reporter facts --week` prints it")
        return None
    return float(cast(float, value))


def _unhedged(entries: Sequence[Entry]) -> Iterator[Finding]:
    for each in entries:
        if each.kind == "reading" and each.say and not _is_hedged(each.say):
            yield Finding(each.where, "a reading without a hedge", "warning", "add one, such as {{ hedge.may }}")


def _is_hedged(say: Reading) -> bool:
    prose = TAG.sub(" ", say.source)
    return bool(HEDGE.search(prose) or UNCERTAIN.search(prose) or takes_hedge(say))
