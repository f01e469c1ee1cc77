"""Sections with their sentences in; the same out, a few sentences ending in the outlet that reported the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from reporter.model import MARKET, Cited, Headline, Printed, Section, Sentence, Week
from reporter.press.carrying import claims
from reporter.press.table import Table
from reporter.press.words import sentences

PROSE = "prose"
OUTLET = "{outlet}"
LONGEST_LINK = 2_000
ADDRESS = re.compile(r"https?://[!-~]+")
UNSAFE = re.compile(r"""[\\"'<>`]""")


@dataclass(frozen=True)
class _Coverage:
    """The week's headlines, and for whom they are read: the table, the week, the lead asset's ticker."""

    table: Table
    headlines: tuple[Headline, ...]
    week: Week
    lead: str


@dataclass
class _Taken:
    """What a note has used: headlines by link, those that an editor `cited` apart, how often each outlet, and what has
    been attributed."""

    cited: frozenset[str] = frozenset()
    links: set[str] = field(default_factory=set)
    outlets: list[str] = field(default_factory=list)
    said: set[tuple[str, str]] = field(default_factory=set)


def corroborated(
    table: Table, sections: Sequence[Section], headlines: Sequence[Headline], week: Week, lead: str
) -> tuple[Section, ...]:
    """The sections, in prose at most one sentence a paragraph with an attribution; a headline serves once a note, a
    topic of a subject is attributed once. `lead` is the lead asset's ticker. Without headlines nothing changes."""
    inside = tuple(one for one in headlines if is_of(week, one))
    coverage, taken = _Coverage(table, inside, week, lead), _Taken(_cited(sections))
    return tuple(_section(coverage, section, taken) for section in sections)


def report(table: Table, headlines: Sequence[Headline], sentence: Sentence, week: Week, lead: str) -> Headline | None:
    """The headline that supports a sentence, or None: one that says it in its title before one that says it in its
    summary, then the earliest; ties by outlet, then link."""
    inside = tuple(one for one in headlines if is_of(week, one))
    return _best(_Coverage(table, inside, week, lead), sentence, _Taken())


def attributed(table: Table, sentence: Sentence, headline: Headline) -> Sentence:
    """The sentence with its full stop behind an attribution: `, as X reported.`; a sentence that prints figures, which
    are the note's own, says `in line with` instead. Without a full stop it stays as it is."""
    *parts, last = sentence.parts or ("",)
    endings = table.house.figures if _has_figures(sentence) else table.house.plain
    if not isinstance(last, str) or not last.endswith(".") or last.endswith("..") or not endings:
        return sentence
    before, _, after = _chosen(endings, sentence).partition(OUTLET)
    opening = last.removesuffix(".") + f", {before.lstrip(' ,')}"
    cited = Cited(headline.outlet, headline.link)
    return replace(sentence, parts=(*parts, opening, cited, f"{after.rstrip()}."))


def is_of(week: Week, headline: Headline) -> bool:
    """Whether a headline is of the week, its start included and its end not, and can be cited: outlet and address."""
    return week.start <= headline.at < week.end and bool(headline.outlet.strip()) and _is_address(headline.link)


def _is_address(link: str) -> bool:
    """An address of the web without a user and without signs that end an attribute or a Markdown link."""
    if len(link) > LONGEST_LINK or not ADDRESS.fullmatch(link) or UNSAFE.search(link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


# ---- a note's sentences ----------------------------------------------------------------------------------------------


def _section(coverage: _Coverage, section: Section, taken: _Taken) -> Section:
    if section.layout != PROSE or not coverage.headlines:
        return section
    return replace(section, paragraphs=tuple(_paragraph(coverage, one, taken) for one in section.paragraphs))


def _paragraph(coverage: _Coverage, paragraph: tuple[Sentence, ...], taken: _Taken) -> tuple[Sentence, ...]:
    """The paragraph with its first sentence that is supported attributed, those without figures first."""
    places = _places(coverage.table, paragraph, taken)
    for place in sorted(places, key=lambda at: _has_figures(paragraph[at])):
        sentence = paragraph[place]
        found = _best(coverage, sentence, taken)
        changed = attributed(coverage.table, sentence, found) if found else sentence
        if found and changed is not sentence:
            taken.links.add(found.link)
            taken.outlets.append(found.outlet)
            taken.said.add((sentence.topic, sentence.subject))
            return (*paragraph[:place], changed, *paragraph[place + 1 :])
    return paragraph


def _places(table: Table, paragraph: Sequence[Sentence], taken: _Taken) -> Iterator[int]:
    """Where a sentence stands that may be attributed: on its own, of a kind that the house attributes, and of a topic
    that is not attributed yet; nowhere in a paragraph that cites somebody already."""
    if len(taken.links) >= table.house.most or any(map(_cites, paragraph)):
        return
    for place, sentence in enumerate(paragraph):
        is_free = (sentence.topic, sentence.subject) not in taken.said
        if is_free and not sentence.joined and sentence.kind in table.house.kinds and sentence.stance:
            yield place


# ---- headlines for a sentence ----------------------------------------------------------------------------------------


def _best(coverage: _Coverage, sentence: Sentence, taken: _Taken) -> Headline | None:
    """Of the headlines that are not taken yet: that of the outlet named least often, and so on as `report` has it."""
    free = (one for one in coverage.headlines if one.link not in taken.links | taken.cited)
    found = [one for one in free if _supports(coverage, one, sentence)]
    return min(found, key=lambda one: _order(coverage, one, sentence, taken), default=None)


def _supports(coverage: _Coverage, headline: Headline, sentence: Sentence) -> bool:
    wanted = _wanted(coverage, sentence)
    return bool(wanted & claims(coverage.table, headline)) and _is_settled(coverage, headline)


def _wanted(coverage: _Coverage, sentence: Sentence) -> set[tuple[str, str, str]]:
    """The statements that would support a sentence."""
    names = coverage.table.names(sentence.topic, sentence.stance)
    of_lead = sentence.subject == MARKET and sentence.topic in coverage.table.house.lead_for_market
    subjects = (sentence.subject, coverage.lead) if of_lead else (sentence.subject,)
    return {(sentence.topic, names[0], subject) for subject in subjects} if names else set()


def _is_settled(coverage: _Coverage, headline: Headline) -> bool:
    """Whether a headline that speaks of a week can mean this one: in its first days it means the one before."""
    table = coverage.table
    if headline.at >= coverage.week.start + timedelta(days=table.house.weekly_from_day):
        return True
    texts = (headline.title, headline.summary)
    found = (one for text in texts for one in sentences(text, table.grammar))
    return not any(table.week.search(one.whole) for one in found)


def _order(
    coverage: _Coverage, headline: Headline, sentence: Sentence, taken: _Taken
) -> tuple[int, bool, float, str, str, str]:
    in_title = bool(_wanted(coverage, sentence) & claims(coverage.table, replace(headline, summary="")))
    times, at = taken.outlets.count(headline.outlet), headline.at.timestamp()
    return times, not in_title, at, headline.outlet, headline.link, headline.title


def _has_figures(sentence: Sentence) -> bool:
    return any(isinstance(part, Printed) and not part.word for part in sentence.parts)


def _cited(sections: Sequence[Section]) -> frozenset[str]:
    """The links that sentences cite already."""
    said = (sentence for section in sections for paragraph in section.paragraphs for sentence in paragraph)
    return frozenset(part.link for sentence in said for part in sentence.parts if isinstance(part, Cited))


def _cites(sentence: Sentence) -> bool:
    return any(isinstance(part, Cited) for part in sentence.parts)


def _chosen(endings: Sequence[str], sentence: Sentence) -> str:
    """One of the endings, by the sentence's own words."""
    return endings[int(sha256(sentence.text.encode()).hexdigest(), 16) % len(endings)]
