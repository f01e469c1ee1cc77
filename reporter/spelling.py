"""One pass over a finished note: its words and dates in the English of its readers, American or British.

The table goes both ways, so that it does not matter in which of the two a text was written. What others say, names,
and addresses stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import escape
from typing import Any, TypeVar

from reporter import units
from reporter.model import Chart, Cited, Coverage, Note, Printed, Row, Section, Sentence

AMERICAN, BRITISH = "en-US", "en-GB"
LANGUAGES = (AMERICAN, BRITISH)
MONTH = "|".join(units.MONTHS)
AMERICAN_DATE = re.compile(rf"\b({MONTH}) (\d{{1,2}})(?:, (\d{{4}}))?\b")
T = TypeVar("T", str | Printed | Cited, str | Printed)


@dataclass(frozen=True)
class Spelling:
    """The words of a language and what to put for those of the other, by small letters."""

    american: Mapping[str, str] = field(default_factory=dict)
    british: Mapping[str, str] = field(default_factory=dict)

    def forms(self, language: str) -> Mapping[str, str]:
        """What to put for each word that is not of the language."""
        return self.british if language == BRITISH else self.american


PLAIN = Spelling()


def table(british: Mapping[str, str]) -> Spelling:
    """The spelling of a mapping of American words to British ones."""
    return Spelling({form: word for word, form in british.items()}, dict(british))


OF_NAMES = table({"realized": "realised"})  # British words in the names of facts


def words(text: str, spelling: Spelling, language: str) -> str:
    """The text with the language's forms; a capital stays one."""
    forms = spelling.forms(language)
    if not forms:
        return text
    pattern = _pattern(tuple(forms))
    return pattern.sub(lambda match: _like(match[0], forms[match[0].lower()]), text)


def foreign(text: str, spelling: Spelling, language: str) -> list[str]:
    """The words of a text that are not in the language's form."""
    forms = spelling.forms(language)
    return _pattern(tuple(forms)).findall(text) if forms else []


@cache
def _pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(known, key=len, reverse=True)
    return re.compile(rf"(?<![\w/.@])(?:{'|'.join(map(re.escape, longest))})(?![\w@/])", re.IGNORECASE)


def _like(found: str, form: str) -> str:
    if found.isupper() and len(found) > 1:
        return form.upper()
    return form[0].upper() + form[1:] if found[0].isupper() else form


def named(text: str, language: str) -> str:
    """A figure's name for readers, as code makes it of a fact's name."""
    return words(text, OF_NAMES, language)


# ---- dates -----------------------------------------------------------------------------------------------------------


def dates(text: str, language: str) -> str:
    """The text with its dates as the language writes them; they come as Americans do."""
    if language != BRITISH:
        return text
    return AMERICAN_DATE.sub(lambda match: " ".join(part for part in (match[2], match[1], match[3]) if part), text)


# ---- the note --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pen:
    spelling: Spelling
    language: str

    def text(self, text: str) -> str:
        return dates(words(text, self.spelling, self.language), self.language)


def in_language(note: Note, spelling: Spelling) -> Note:
    """The note in the language of its imprint; its disclaimer and notice are fixed, names of sources their own."""
    pen = _Pen(spelling, note.imprint.language)
    return replace(
        note,
        title=_sentence(note.title, pen),
        sections=tuple(_section(section, pen) for section in note.sections),
        facts=tuple(replace(fact, definition=pen.text(fact.definition)) for fact in note.facts),
        gaps=tuple(replace(gap, reason=pen.text(gap.reason)) for gap in note.gaps),
        coverage=_coverage(note.coverage, pen),
    )


def _sentence(said: Sentence, pen: _Pen) -> Sentence:
    said = replace(said, label=pen.text(said.label))
    return replace(said, parts=_parts(said.parts, pen)) if said.kind != "quote" else said


def _parts(parts: Sequence[T], pen: _Pen) -> tuple[T, ...]:
    return tuple(_part(part, pen) for part in parts)


def _part(part: Any, pen: _Pen) -> Any:
    if isinstance(part, Printed):
        is_date = re.fullmatch(r"\d{4}-\d\d-\d\d", part.value)
        return replace(
            part, text=dates(part.text, pen.language) if is_date else words(part.text, pen.spelling, pen.language)
        )
    return pen.text(part) if isinstance(part, str) else part


def _section(section: Section, pen: _Pen) -> Section:
    return replace(
        section,
        heading=pen.text(section.heading),
        paragraphs=tuple(tuple(_sentence(said, pen) for said in paragraph) for paragraph in section.paragraphs),
        rows=tuple(_row(row, pen) for row in section.rows),
        columns=tuple(pen.text(column) for column in section.columns),
        charts=tuple(_chart(chart, pen) for chart in section.charts),
    )


def _row(row: Row, pen: _Pen) -> Row:
    return replace(row, label=pen.text(row.label), cells=tuple(_parts(cell, pen) for cell in row.cells))


def _chart(chart: Chart, pen: _Pen) -> Chart:
    """The chart with its title and description, in its picture too; the words drawn on its axes stay."""
    title, alt = pen.text(chart.title), pen.text(chart.alt)
    body = chart.body
    for old, new in ((chart.title, title), (chart.alt, alt)):
        body = body.replace(escape(old, quote=False).encode(), escape(new, quote=False).encode())
    return replace(chart, title=title, alt=alt, body=body)


def _coverage(found: Coverage, pen: _Pen) -> Coverage:
    rests = tuple(
        replace(rest, topic=pen.text(rest.topic), remarks=tuple(map(pen.text, rest.remarks))) for rest in found.rests
    )
    return replace(found, rests=rests, silent=tuple(map(pen.text, found.silent)))
