"""Written sentences put into their sections, with headings and the rows of the data box."""

from __future__ import annotations

from collections.abc import Mapping

from reporter.model import Frame, Section
from reporter.rules.box import rows_of
from reporter.rules.load import Rulebook
from reporter.rules.outline import paragraphs
from reporter.rules.write import Written


def sections(book: Rulebook, frame: Frame, written: Written) -> tuple[Section, ...]:
    """Every section of the outline in order, empty ones too, without charts."""
    return tuple(
        Section(
            id=part.id,
            heading=written.headings[part.id],
            layout=part.layout,
            paragraphs=paragraphs(part, written.sentences),
            rows=rows_of(book, part, frame),
            columns=part.columns,
        )
        for part in book.outline.parts
    )


def chart_places(book: Rulebook) -> Mapping[str, str]:
    """The section of each chart that the outline names."""
    return {key: part.id for part in book.outline.parts for key in part.charts}
