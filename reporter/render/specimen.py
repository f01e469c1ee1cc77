"""Two made-up notes, one with everything a note can have and one with almost nothing: templates are tried on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reporter import disclaimer
from reporter.model import (
    NOTHING_COVERED,
    Chart,
    Cited,
    Coverage,
    Fact,
    Gap,
    Imprint,
    Note,
    Period,
    Printed,
    Rest,
    Row,
    Section,
    Sentence,
    Source,
    Unit,
    Week,
)

WEEK = Week(datetime(2024, 1, 1, tzinfo=UTC))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 4"><path d="M0 4L10 0" stroke="#000"/></svg>'


def full() -> Note:
    """A note with a section of every layout, a chart, a gap, a comparison and a notice."""
    return Note(
        title=_sentence("title", "A made-up week, with ", _printed("price_usd", "$100", "100.0")),
        week=WEEK,
        imprint=Imprint("Specimen", "Specimen Press", "en-US", "https://example.org", "weekly"),
        sections=_sections(),
        facts=(_fact("price_usd", 100.0, Unit.PRICE), _fact("price_usd_growth", 0.01, Unit.FRACTION)),
        gaps=(Gap("dvol", "BTC", "no source is configured"), Gap("dvol", "ETH", "no source is configured")),
        sources=(Source("made_up", "Made up", "free", True, WEEK.start, WEEK.end - timedelta(days=1)),),
        coverage=_coverage(),
        disclaimer=disclaimer.paragraphs("Specimen Press"),
        notice=disclaimer.notice(True),
        digest="0" * 64,
    )


def bare() -> Note:
    """A note of a title and one sentence, from real data."""
    opening = Section("opening", "", "prose", (((_sentence("opening", "Nothing else is known.")),),))
    imprint = Imprint("Specimen", "Specimen Press", "en-US", "", "weekly")
    return replace(full(), imprint=imprint, sections=(opening,), facts=(), gaps=(), sources=(),
                   coverage=NOTHING_COVERED, notice="")  # fmt: skip


def _sections() -> tuple[Section, ...]:
    growth = _printed("price_usd_growth", "1.0%", "0.01")
    rose = replace(_printed("price_usd_growth", "rose", "0.01"), word=True)
    cited = Cited("An outlet", "https://example.com/an-article")
    said = ((_sentence("prose", "It ", rose, " by ", growth, ", as ", cited, " reported."),),)
    rows = (Row("Price", ((_printed("price_usd", "$100", "100.0"),), ("not known",)), "outline.yaml:1"),)
    return (
        Section("points", "Key points", "bullets", said),
        Section("opening", "", "prose", said),
        Section("box", "At a glance", "table", rows=rows, columns=("BTC", "ETH"), source_line="Source: made up."),
        Section("price", "Price", "prose", said, charts=(_chart(),)),
    )


def _coverage() -> Coverage:
    rest = Rest("Price", ("BTC",), "all", "Made up", WEEK.end, ("instead of Another, out of order (HTTP 500)",))
    return Coverage((rest,), ("made-up",), WEEK.end, 0.4, "Made up", ("Another: out of order (HTTP 500)",))


def _chart() -> Chart:
    return Chart(
        "price", "Price", "A line that rises.", "charts/price.svg", SVG, ("BTC.price_usd",), (), "Source: made up."
    )


def _printed(name: str, text: str, value: str) -> Printed:
    return Printed(f"BTC.{name}", text, value)


def _fact(name: str, value: float, unit: Unit) -> Fact:
    window = Period(WEEK.start, WEEK.end)
    return Fact(name, "BTC", value, unit, window, WEEK.end, "A made-up figure.")


def _sentence(section: str, *parts: str | Printed | Cited) -> Sentence:
    keys = tuple(part.fact for part in parts if isinstance(part, Printed))
    return Sentence(parts, section, "", "BTC", f"{section}.rule", "fact", "", "", 0, keys, 1.0, "rules/specimen.yaml:1")
