"""What a page says besides its sentences: the week in words, what was measured and how, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from reporter import units
from reporter.model import MARKET, Cited, Coverage, Fact, Note, Printed, Section, Source, Week
from reporter.series import ALL_VENUES, readable, venue_name
from reporter.spelling import AMERICAN, BRITISH, dates, named

LONGEST_DESCRIPTION = 300
FAMILIES: Mapping[str, tuple[str, str]] = {
    "_previous": ("Previous", "The same figure for the week before."),
    "_change": ("Change", "The week's figure minus that of the week before, in its own unit."),
    "_growth": ("Growth", "The change as a fraction of the figure of the week before."),
    "_percentile": ("Percentile", "The share of the previous 52 weekly figures that lie below this one."),
    "_swing": ("Swing", "The share of the previous 52 weekly changes that were smaller than this one, up or down."),
    "_high_since": ("Highest since", "The end of the last week with a figure at least as high."),
    "_low_since": ("Lowest since", "The end of the last week with a figure at least as low."),
    "_streak": ("Streak", "Weeks in a row, this one included, with the same sign."),
}
LABELS: Mapping[str, str] = {
    "fear_greed": "Fear and greed index",
    "skew_25d": "25-delta skew",
    "skew_25d_7d": "25-delta skew (7 days)",
    "put_call_open_interest": "Put/call ratio of open interest",
    "put_call_volume_7d": "Put/call ratio of volume (7 days)",
    "dvol": "Implied volatility, DVOL",
    "long_short_ratio": "Long/short ratio",
    "perp_to_spot_volume": "Perpetual to spot volume",
    "funding_oi_weighted_apr": "Funding weighted by open interest (APR)",
    "liquidations_to_open_interest": "Liquidations relative to open interest",
}
WORDS: Mapping[str, str] = {
    "etf": "ETF",
    "oi": "open interest",
    "perp": "perpetual",
    "cme": "CME",
    "atm": "at-the-money",
    "iv": "implied volatility",
    "1w": "within a week",
    "4w": "within four weeks",
    "7d": "(7 days)",
    "30d": "(30 days)",
    "1m": "(one month)",
}
UNITS: Mapping[str, str] = {"usd": "USD", "apr": "APR"}


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure as readers know it (`Funding (APR)`), its name in the records, and what it is."""

    term: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """All that is missing for one reason."""

    what: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """The week in words; `first` and `last` are days in ISO form for machines."""

    label: str
    number: str
    days: str
    first: str
    last: str

    @property
    def text(self) -> str:
        """`Week 7 of 2026, February 9 to 15`."""
        return f"{self.number}, {self.days}"


def context(note: Note) -> dict[str, object]:
    """What every template of the note may name."""
    language = note.imprint.language
    return {
        "note": note,
        "title": squeezed(note.title.text),
        "week": span(note.week, language),
        "description": description(note),
        "published": stamp(note.week.cut),
        "known": dates(moment(note.week.cut), language),
        "illustrative": any(source.illustrative for source in note.sources) or bool(note.notice),
        "sections": tuple(section for section in note.sections if section.layout != "title" and _is_filled(section)),
        "definitions": tuple(replace(one, term=named(one.term, language)) for one in definitions(note)),
        "missing": tuple(replace(one, what=tuple(named(what, language) for what in one.what)) for one in missing(note)),
        "rests": tuple(replace(row, newest=dates(row.newest, language)) for row in rests(note.coverage)),
        "coverage": tuple(dates(line, language) for line in coverage_lines(note.coverage)),
    }


def span(week: Week, language: str = AMERICAN) -> Span:
    year, number, _ = week.start.isocalendar()
    first, last = week.start.date(), week.last_day
    return Span(
        week.label, f"Week {number} of {year}", _days(first, last, language), first.isoformat(), last.isoformat()
    )


def _days(first: date, last: date, language: str) -> str:
    """`February 9 to 15`, `March 30 to April 5`, `December 29, 2025 to January 4, 2026`; `9 to 15 February`."""
    if first.year != last.year:
        return dates(f"{units.long_date(first)} to {units.long_date(last)}", language)
    if first.month != last.month:
        return dates(f"{units.day(first)} to {units.day(last)}", language)
    if language == BRITISH:
        return f"{first.day} to {dates(units.day(last), language)}"
    return f"{units.day(first)} to {last.day}"


def stamp(moment: datetime) -> str:
    """`2026-02-16T14:00:00Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def moment(at: datetime) -> str:
    """`February 16, 2026, 14:00 UTC`."""
    return f"{units.long_date(at.date())}, {at:%H:%M} UTC"


def coverage(source: Source, language: str = AMERICAN) -> str:
    """`February 9 to 15, 2026`-like days of the data, or an empty text where there is none."""
    if source.oldest is None or source.newest is None:
        return ""
    first, last = units.long_date(source.oldest.date()), units.long_date(source.newest.date())
    return dates(first if first == last else f"{first} to {last}", language)


def description(note: Note) -> str:
    """The first sentences after the title, as many as fit a search result; the title where there are none."""
    text = ""
    for sentence in note.sentences[1:]:
        longer = f"{text} {squeezed(sentence.text)}".strip()
        if len(longer) > LONGEST_DESCRIPTION:
            break
        text = longer
    return text or squeezed(note.title.text)


def definitions(note: Note) -> tuple[Definition, ...]:
    """Each figure that the note prints or draws, by its term; comparisons are explained once, by their family."""
    wanted = _used(note)
    known = {fact.key: fact for fact in note.facts}
    named = {_defining(known[key], known).name: _defining(known[key], known) for key in wanted if key in known}
    own = [Definition(label(name), name, squeezed(fact.definition)) for name, fact in named.items()]
    families = {_family(key) for key in wanted if key in known} - {""}
    shared = [Definition(FAMILIES[suffix][0], suffix, FAMILIES[suffix][1]) for suffix in FAMILIES if suffix in families]
    return (*sorted(own, key=lambda one: (one.term.lower(), one.name)), *shared)


def missing(note: Note) -> tuple[Missing, ...]:
    """The note's gaps by reason, in the order in which they were found; a figure stands once for several assets."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for gap in note.gaps:
        subjects = reasons.setdefault(squeezed(readable(gap.reason)), {}).setdefault(label(gap.name), [])
        if gap.subject not in subjects:
            subjects.append(gap.subject)
    return tuple(
        Missing(tuple(f"{what} ({_subjects(subjects)})" for what, subjects in found.items()), reason)
        for reason, found in reasons.items()
    )


@dataclass(frozen=True, slots=True)
class RestRow:
    """What one topic rests on, all of it text."""

    topic: str
    assets: str
    venue: str
    source: str
    newest: str
    remarks: tuple[str, ...]


def rests(found: Coverage) -> tuple[RestRow, ...]:
    """What each topic's figures rest on, as text."""
    return tuple(
        RestRow(
            squeezed(rest.topic),
            ", ".join("market" if asset == MARKET else asset for asset in rest.assets),
            "all venues" if rest.venue == ALL_VENUES else ", ".join(map(venue_name, rest.venue.split("+"))),
            squeezed(rest.source),
            f"{units.day(rest.newest.date())}, {rest.newest:%H:%M}",
            tuple(squeezed(remark) for remark in rest.remarks),
        )
        for rest in found.rests
    )


def coverage_lines(found: Coverage) -> tuple[str, ...]:
    """The coverage as a whole in sentences: venues, share of open interest, oldest datum, sources that were silent."""
    lines = []
    if found.venues:
        lines.append(f"Venues reporting: {', '.join(map(venue_name, found.venues))}.")
    if found.share is not None:
        listed = squeezed(found.share_of)
        share = f"{units.share(found.share)} of what {listed} lists"
        lines.append(f"Share of the lead asset's open interest covered: {share}.")
    if found.oldest is not None:
        lines.append(f"Oldest of the newest values: {moment(found.oldest)}.")
    heard = tuple(f"{name}: " for name in (found.share_of, *(rest.source for rest in found.rests)) if name)
    for text in found.silent:
        lines.append(f"{'Not everything came' if text.startswith(heard) else 'No answer'} from {squeezed(text)}.")
    return tuple(lines)


def label(name: str) -> str:
    """A figure's name for readers: `etf_net_flow_usd` is `ETF net flow (USD)`."""
    suffix = _family(name)
    base = name.removesuffix(suffix)
    text = LABELS.get(base) or _spelt(base)
    return f"{text}, {FAMILIES[suffix][0].lower()}" if suffix else text


def squeezed(text: str) -> str:
    """The text in one line, with single spaces and without control characters."""
    return " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())


def _spelt(name: str) -> str:
    words = name.split("_")
    unit = UNITS.get(words[-1], "") if len(words) > 1 else ""
    spelt = " ".join(WORDS.get(word, word) for word in (words[:-1] if unit else words))
    text = spelt[:1].upper() + spelt[1:]
    return f"{text} ({unit})" if unit else text


def _subjects(subjects: Iterable[str]) -> str:
    return ", ".join("all assets" if subject == MARKET else subject for subject in subjects)


def _family(name: str) -> str:
    """The suffix that makes a fact's name or key a comparison, or an empty text."""
    return next((suffix for suffix in FAMILIES if name.endswith(suffix)), "")


def _defining(fact: Fact, known: Mapping[str, Fact]) -> Fact:
    """The fact whose definition explains this one: of a comparison, what it compares, where the note has it."""
    return known.get(fact.key.removesuffix(_family(fact.name)), fact)


def _is_filled(section: Section) -> bool:
    """An empty section is left out, with its heading."""
    return bool(any(section.paragraphs) or section.rows or section.charts)


def _used(note: Note) -> tuple[str, ...]:
    """The keys of all facts that a reader can see, without repetition."""
    parts: list[str | Printed | Cited] = [part for sentence in note.sentences for part in sentence.parts]
    parts += [part for section in note.sections for row in section.rows for cell in row.cells for part in cell]
    printed = [part.fact for part in parts if isinstance(part, Printed)]
    drawn = [key for chart in note.charts for key in chart.facts]
    return tuple(dict.fromkeys(printed + drawn))
