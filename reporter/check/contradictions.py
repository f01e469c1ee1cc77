"""A finished note against itself and its facts: sentences that deny each other, words, signs, figures and dates that
are not those of the week. Note, frame and what contradicts go in; findings with both sides and their rules come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from reporter import units
from reporter.check import figures, signs
from reporter.language import unquoted
from reporter.model import LEAD, MARKET, Chart, Finding, Frame, Note, Printed, Sentence, Week

REMEDY = "change one of the two, or the condition of its rule"


@dataclass(frozen=True)
class Held:
    """What a note is held against: why two sentences cannot stand together, and which words of one the facts deny; each
    an empty text where nothing speaks against it. It owes nothing to how the sentences were chosen."""

    conflict: Callable[[Sentence, Sentence], str]
    false_words: Callable[[Sentence], str]


def findings(note: Note, frame: Frame, held: Held) -> tuple[Finding, ...]:
    """Every contradiction, as an error; none is good."""
    found = (
        *_between(note, held),
        *_words(note, held),
        *signs.findings(note),
        *figures.findings(note, frame),
        *_periods(note),
        *_stated(note, frame),
    )
    return tuple(dict.fromkeys(found))


def _between(note: Note, held: Held) -> Iterator[Finding]:
    for one, other in combinations(note.sentences, 2):
        if why := held.conflict(one, other):
            yield Finding(_place(one, other), f"{_said(one)} contradicts {_said(other)}: {why}", "error", REMEDY)


def _words(note: Note, held: Held) -> Iterator[Finding]:
    """Sentences, headings and the texts of charts whose words the facts deny."""
    for said in (*note.sentences, *(said for chart in note.charts for said in texts(chart, note)), *headings(note)):
        if why := held.false_words(said):
            remedy = "change the words, or the condition under which they stand"
            yield Finding(said.where, f"{_said(said)} contradicts the week's facts: {why}", "error", remedy)


def texts(chart: Chart, note: Note) -> tuple[Sentence, ...]:
    """The title and description of a chart as sentences."""
    return tuple(_plain(text, f"chart {chart.key!r}", chart.path, note) for text in (chart.title, chart.alt) if text)


def headings(note: Note) -> tuple[Sentence, ...]:
    """The headings as sentences."""
    return tuple(
        _plain(section.heading, f"heading of {section.id!r}", f"section {section.id!r}", note)
        for section in note.sections
        if section.heading
    )


def _plain(text: str, name: str, where: str, note: Note) -> Sentence:
    like = replace(note.title, parts=(text,), rule_id=name, where=where, subject=MARKET, topic="", stance="", kind="")
    return replace(like, cites=())


def _place(one: Sentence, other: Sentence) -> str:
    return f"{one.where} and {other.where}"


def _said(one: Sentence) -> str:
    return f"{one.text!r} ({one.rule_id})"


# ---- the period of the week ------------------------------------------------------------------------------------------

MONTH = "|".join(units.MONTHS)
DATE = (
    rf"(?:(?P<month>{MONTH}) (?P<day>\d{{1,2}})|(?P<gb_day>\d{{1,2}}) (?P<gb_month>{MONTH}))(?:,? (?P<year>\d{{4}}))?"
)
ENDED = re.compile(
    r"\b(?:(?:the|this) week|the period|(?:the )?seven days)"
    rf" (?:to|ended|ending|that ended|through|until|up to)(?: on)?(?: {'|'.join(units.WEEKDAYS)},?)? {DATE}"
)
OTHER_WEEK = re.compile(r"\b(?:since|before|earlier|last|previous|prior|than|after)\b[^.;]*$", re.IGNORECASE)


def _periods(note: Note) -> Iterator[Finding]:
    """Sentences and texts of charts that let the week end on another day."""
    for said in (*note.sentences, *(said for chart in note.charts for said in texts(chart, note)), *headings(note)):
        for match in ENDED.finditer(_own(said)):
            other = OTHER_WEEK.search(_own(said)[: match.start()]) or _is_of_a_fact(match[0], said)
            if not other and not _is_end(match, note.week):
                what = f"{_said(said)} says {match[0]!r}, and the week ends on {units.long_date(note.week.last_day)}"
                yield Finding(said.where, what, "error", "print week.last_day")


def _is_of_a_fact(words: str, said: Sentence) -> bool:
    """Whether the date in some words is that of a fact, such as the end of the last week with so much."""
    printed = [part for part in said.parts if isinstance(part, Printed) and not part.fact.startswith("week.")]
    return any(words.endswith(part.text) for part in printed)


def _own(said: Sentence) -> str:
    """The sentence without what others say in it."""
    return "".join(part if isinstance(part, str) else part.text for part in unquoted(said.parts))


def _is_end(match: re.Match[str], week: Week) -> bool:
    month, day = match["month"] or match["gb_month"], int(match["day"] or match["gb_day"])
    ends = {(units.MONTHS[end.month - 1], end.day, end.year) for end in (week.last_day, week.end.date())}
    return any((month, day) == end[:2] and match["year"] in (None, str(end[2])) for end in ends)


# ---- what charts state -----------------------------------------------------------------------------------------------

AMOUNT = r"(?P<said>[−+]?\$?[\d.,]*\d(?:%| (?:million|billion|trillion)\b)?)"
STATED = (  # what the description of a chart says of a fact of the note
    (re.compile(rf"the shaded week adds up to {AMOUNT}"), MARKET, "liquidations_usd"),
    (re.compile(rf"The mean of the shaded week is {AMOUNT}"), LEAD, "funding_apr"),
    (
        re.compile(rf"levels cluster most around (?:[^.]*? and )?{AMOUNT} below it"),
        LEAD,
        "liquidation_cluster_below_usd",
    ),
    (
        re.compile(rf"levels cluster most around (?:[^.]*? and )?{AMOUNT} above it"),
        LEAD,
        "liquidation_cluster_above_usd",
    ),
)


def _stated(note: Note, frame: Frame) -> Iterator[Finding]:
    """Descriptions of charts that give a fact another number than the note."""
    for chart in note.charts:
        for pattern, subject, name in STATED:
            match, fact = pattern.search(chart.alt), frame.get(subject, name)
            if match and fact and match["said"] != units.text(fact.value, fact.unit):
                what = f"{match[0]!r} in its description, and {fact.key} is {units.text(fact.value, fact.unit)}"
                yield Finding(
                    chart.path, f"chart {chart.key!r} says {what}", "error", "draw it from the facts of the note"
                )
