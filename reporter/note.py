"""Sentences, charts, gaps and sources in; a Note out, with what is used in it and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reporter import disclaimer, sessions
from reporter.errors import MissingError
from reporter.model import (
    MARKET,
    NOTHING_COVERED,
    Chart,
    Cited,
    Coverage,
    Fact,
    Frame,
    Gap,
    Imprint,
    Note,
    Printed,
    Section,
    Sentence,
    Source,
)
from reporter.series import EXTRAS, NOT_MISSED

TITLE = "title"
ALL_VENUES = "all venues"
NOT_COLLECTED = "no source has it"


@dataclass(frozen=True)
class Materials:
    """What a note is made of. `places` names the section of each chart, `spoken_of` the facts that some rule may state:
    only of those can a reader miss one; without any, of all."""

    frame: Frame
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...]
    places: Mapping[str, str]
    sources: tuple[Source, ...]
    imprint: Imprint
    coverage: Coverage = NOTHING_COVERED
    spoken_of: Collection[str] = ()


def assemble(materials: Materials) -> Note:
    """The note. Sections without text, table or chart are left out. Raises MissingError where no rule wrote a title."""
    titles = [s for section in materials.sections if section.layout == TITLE for p in section.paragraphs for s in p]
    if not titles:
        raise MissingError("title: no rule can write one from this week's facts; see `reporter rules show`")
    sections = tuple(filter(_has_content, (_filled(section, materials) for section in _body(materials.sections))))
    illustrative = _is_illustrative(materials)
    note = Note(
        title=titles[0],
        week=materials.frame.week,
        imprint=materials.imprint,
        sections=sections,
        facts=(),
        gaps=told(materials.frame, materials.spoken_of),
        sources=materials.sources,
        coverage=materials.coverage,
        disclaimer=disclaimer.paragraphs(materials.imprint.publisher),
        notice=disclaimer.notice(illustrative),
        digest="",
    )
    return replace(note, facts=used(note, materials.frame), digest=digest(note))


def used(note: Note, frame: Frame) -> tuple[Fact, ...]:
    """The facts that a sentence, the data box or a chart states, by key."""
    keys = {key for sentence in note.sentences for key in (*sentence.cites, *_printed(sentence.parts))}
    keys |= {key for section in note.sections for row in section.rows for cell in row.cells for key in _printed(cell)}
    keys |= {key for chart in note.charts for key in chart.facts}
    return tuple(fact for fact in sorted(frame.facts.values(), key=lambda fact: fact.key) if fact.key in keys)


def told(frame: Frame, spoken_of: Collection[str] = ()) -> tuple[Gap, ...]:
    """The gaps a reader is told of: of the market and the lead all, of other assets those of series that are
    collected; before there are funds, nothing of their flows is missing, nor is what only some weeks or some sources
    have."""
    gaps = sorted(frame.gaps.values(), key=lambda gap: (gap.subject not in (MARKET, frame.lead), gap.key))
    found = [gap for gap in gaps if not any(reason in gap.reason for reason in (sessions.NO_FUND, *NOT_MISSED))]
    found = [gap for gap in found if (not spoken_of or gap.name in spoken_of) and gap.name not in EXTRAS]
    return tuple(gap for gap in found if gap.subject in (MARKET, frame.lead) or NOT_COLLECTED not in gap.reason)


def digest(note: Note) -> str:
    """A hash of the words and numbers of a note: two notes that say the same have the same."""
    parts = [note.week.label, note.imprint.edition, *(sentence.text for sentence in note.sentences)]
    parts += [repr(row) for section in note.sections for row in section.rows]
    parts += [hashlib.sha256(chart.body).hexdigest() for chart in note.charts]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _body(sections: Iterable[Section]) -> Iterable[Section]:
    return (section for section in sections if section.layout != TITLE)


def _filled(section: Section, materials: Materials) -> Section:
    notice = disclaimer.notice(_is_illustrative(materials))
    charts = tuple(_marked(c, notice) for c in materials.charts if materials.places.get(c.key) == section.id)
    return replace(section, charts=charts, source_line=_source_line(section, materials) if section.rows else "")


def _is_illustrative(materials: Materials) -> bool:
    return any(source.illustrative for source in materials.sources)


def _marked(chart: Chart, notice: str) -> Chart:
    """The chart with the notice in its own description, as a picture may travel without its page."""
    body = chart.body.replace(b"</desc>", f" {notice}</desc>".encode(), 1) if notice else chart.body
    return replace(chart, body=body)


def _source_line(section: Section, materials: Materials) -> str:
    """`Sources: Coinglass (all venues, binance+okx+bybit); ...`: of the rows of the data box, with their venues."""
    labels = {source.name: source.label for source in materials.sources}
    printed = {key for row in section.rows for cell in row.cells for key in _printed(cell)}
    venues: dict[str, set[str]] = {}
    for fact in materials.frame.facts.values():
        for one in fact.inputs if fact.key in printed else ():
            _, _, venue, source = one.series.split("/")
            venues.setdefault(labels.get(source, source), set()).add(ALL_VENUES if venue == "all" else venue)
    parts = [f"{label} ({', '.join(sorted(venues[label]))})" for label in sorted(venues)]
    return f"Sources: {'; '.join(parts)}. Times are UTC; changes are taken before rounding."


def _has_content(section: Section) -> bool:
    return bool(any(section.paragraphs) or section.rows or section.charts)


def _printed(parts: Sequence[str | Printed | Cited]) -> tuple[str, ...]:
    return tuple(part.fact for part in parts if isinstance(part, Printed))


def find(note: Note, text: str) -> tuple[Sentence, ...]:
    """The sentence of this number in reading order (`3`; the title is 0); else those with this rule or these words."""
    wanted = " ".join(text.split()).lower()
    if wanted.isdecimal() and int(wanted) < len(note.sentences):
        return (note.sentences[int(wanted)],)
    return tuple(s for s in note.sentences if wanted and (wanted == s.rule_id.lower() or wanted in s.text.lower()))
