"""The assembled note: what is in it, what is left out, and what a reader is told of what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reporter import disclaimer, note
from reporter.errors import MissingError
from reporter.model import (
    Chart,
    Fact,
    Frame,
    Gap,
    Imprint,
    Input,
    Note,
    Period,
    Printed,
    Row,
    Section,
    Sentence,
    Source,
    Unit,
    Week,
)

WEEK = Week(datetime(2025, 3, 3, tzinfo=UTC))
IMPRINT = Imprint("The Note", "Example Desk", "en-US", "https://example.com", "weekly")
REAL = Source("real", "Real venue", "", False, None, None)
SIMULATED = Source("sample", "Simulated", "", True, None, None)


def fact(key: str, value: float = 1.0) -> Fact:
    subject, _, name = key.partition(".")
    rows = Input(f"{name}/{subject}/all/real", WEEK.start, WEEK.start, 1, ("0" * 64,))
    return Fact(name, subject, value, Unit.USD, Period(WEEK.start, WEEK.end), WEEK.cut, "X.", (rows,))


def sentence(text: str, *cites: str, section: str = "body", rule: str = "rule.one") -> Sentence:
    return Sentence((text,), section, "", "BTC", rule, "fact", "", "", 0, cites, 1.0, "rules/x.yaml:1")


def section(name: str, *sentences: Sentence, layout: str = "prose") -> Section:
    return Section(name, name.title(), layout, (sentences,) if sentences else ())


def chart(key: str, *facts: str, body: bytes = b"<svg/>") -> Chart:
    return Chart(key, key, "A chart.", f"charts/{key}.svg", body, facts, (), "Source: x.")


TITLE = section("title", sentence("A title", "BTC.price_usd", section="title", rule="title.one"), layout="title")
BODY = section(
    "body", sentence("Prices fell by 3%.", "BTC.price_usd_growth"), sentence("Funding was flat.", rule="funding.flat")
)


def frame(*facts: Fact, gaps: tuple[Gap, ...] = ()) -> Frame:
    known = {(one.subject, one.name): one for one in facts}
    return Frame(WEEK, "BTC", ("BTC", "ETH"), known, {(one.subject, one.name): one for one in gaps})


def materials(*sections: Section, made: Frame | None = None) -> note.Materials:
    return note.Materials(made or frame(), sections or (TITLE, BODY), (), {}, (REAL,), IMPRINT)


def names(made: Note) -> list[str]:
    return [one.id for one in made.sections]


# ---- sections --------------------------------------------------------------------------------------------------------


def test_the_title_is_the_first_sentence_and_no_section() -> None:
    made = note.assemble(materials())
    assert (made.title.text, names(made)) == ("A title", ["body"])
    assert [one.text for one in made.sentences] == ["A title", "Prices fell by 3%.", "Funding was flat."]


@pytest.mark.parametrize(
    "sections", [(BODY,), (section("title", layout="title"), BODY), (Section("title", "", "title", ((),)), BODY)]
)
def test_without_a_title_there_is_no_note(sections: tuple[Section, ...]) -> None:
    with pytest.raises(
        MissingError, match=r"^title: no rule can write one from this week's facts; see `reporter rules show`$"
    ):
        note.assemble(materials(*sections))


def test_empty_sections_are_left_out() -> None:
    nothing = section("nothing")
    empty = Section("empty", "Empty", "prose", ((), ()))
    assert names(note.assemble(materials(TITLE, nothing, BODY, empty))) == ["body"]


def test_a_section_of_rows_or_of_a_chart_alone_stays() -> None:
    table = Section("glance", "", "table", rows=(Row("Price", (("n/a",),), "outline.yaml:1"),))
    given = replace(
        materials(TITLE, table, section("drawn"), section("bare")), charts=(chart("one"),), places={"one": "drawn"}
    )
    assert names(note.assemble(given)) == ["glance", "drawn"]


def test_charts_stand_in_the_section_that_they_are_placed_in() -> None:
    given = replace(materials(), charts=(chart("b"), chart("a"), chart("lost")), places={"a": "body", "b": "body"})
    made = note.assemble(given)
    assert [one.key for one in made.charts] == ["b", "a"]


def test_a_table_names_the_sources_of_its_rows_with_their_venues() -> None:
    one = fact("BTC.price_usd")
    row = Row("Price", ((Printed(one.key, "$1", "1.0"),),), "outline.yaml:1")
    table = Section("glance", "", "table", rows=(row,))
    unused = replace(REAL, name="other", label="Other")
    made = note.assemble(replace(materials(TITLE, table, BODY, made=frame(one)), sources=(REAL, unused)))
    expected = "Sources: Real venue (all venues). Times are UTC; changes are taken before rounding."
    assert [section.source_line for section in made.sections] == [expected, ""]


# ---- facts and gaps --------------------------------------------------------------------------------------------------


def test_the_facts_of_sentences_rows_and_charts_are_in_it_and_no_others() -> None:
    keys = [
        "BTC.price_usd",
        "BTC.price_usd_growth",
        "ETH.funding_apr",
        "BTC.dvol",
        "market.liquidations_usd",
        "BTC.basis",
    ]
    said = Sentence(
        ("Funding was ", Printed("ETH.funding_apr", "1%", "0.01")),
        "body",
        "",
        "ETH",
        "r",
        "fact",
        "",
        "",
        0,
        (),
        1.0,
        "x:1",
    )
    row = Row("Volatility", ((Printed("BTC.dvol", "50.0", "50.0"),), ("not available",)), "outline.yaml:1")
    table = Section("glance", "", "table", rows=(row,))
    given = materials(TITLE, section("body", said, *BODY.paragraphs[0]), table, made=frame(*map(fact, keys)))
    made = note.assemble(replace(given, charts=(chart("c", "market.liquidations_usd"),), places={"c": "body"}))
    assert [one.key for one in made.facts] == sorted(set(keys) - {"BTC.basis"})


def test_a_key_without_a_fact_is_no_fact_of_the_note() -> None:
    made = note.assemble(materials(made=frame(fact("BTC.price_usd"))))
    assert [one.key for one in made.facts] == ["BTC.price_usd"]


def test_gaps_of_the_market_and_the_lead_come_first_and_all_of_them() -> None:
    absent, broken = "x: no source has it for it", "x: 3 of 7 expected rows"
    gaps = (Gap("dvol", "ETH", broken), Gap("skew_25d", "ETH", absent), Gap("dvol", "BTC", absent),
            Gap("fear_greed", "market", absent), Gap("basis", "BTC", broken))  # fmt: skip
    made = note.assemble(materials(made=frame(gaps=gaps)))
    assert [one.key for one in made.gaps] == ["BTC.basis", "BTC.dvol", "market.fear_greed", "ETH.dvol"]


# ---- what must stand in it -------------------------------------------------------------------------------------------


def test_the_disclaimer_is_the_publisher_s() -> None:
    made = note.assemble(materials())
    assert made.disclaimer == disclaimer.paragraphs("Example Desk")
    assert "Example Desk" in made.disclaimer[0]


@pytest.mark.parametrize(
    ("sources", "notice"),
    [((REAL,), ""), ((SIMULATED,), disclaimer.NOTICE), ((REAL, SIMULATED), disclaimer.NOTICE), ((), "")],
)
def test_one_simulated_source_makes_the_note_illustrative(sources: tuple[Source, ...], notice: str) -> None:
    made = note.assemble(replace(materials(), sources=sources))
    assert (made.notice, made.sources) == (notice, sources)


def test_week_and_imprint_are_those_of_the_materials() -> None:
    made = note.assemble(materials())
    assert (made.week, made.imprint) == (WEEK, IMPRINT)


# ---- digest ----------------------------------------------------------------------------------------------------------


def test_the_same_words_have_the_same_digest() -> None:
    assert note.assemble(materials()).digest == note.assemble(materials(made=frame(fact("BTC.price_usd")))).digest
    assert len(note.assemble(materials()).digest) == 64


def test_another_word_number_row_picture_edition_or_week_has_another_digest() -> None:
    usual = materials()
    table = Section("glance", "", "table", rows=(Row("Price", (("n/a",),), "outline.yaml:1"),))
    drawn = replace(usual, charts=(chart("c"),), places={"c": "body"})
    others = [
        materials(TITLE, section("body", sentence("Prices rose."))),
        materials(TITLE, BODY, table),
        drawn,
        replace(drawn, charts=(chart("c", body=b"<svg></svg>"),)),
        replace(usual, imprint=replace(IMPRINT, edition="daily")),
        replace(usual, frame=replace(usual.frame, week=WEEK.previous)),
    ]
    digests = [note.assemble(one).digest for one in (usual, *others)]
    assert len(set(digests)) == len(digests)


# ---- finding a sentence ----------------------------------------------------------------------------------------------


def texts(what: str) -> list[str]:
    return [one.text for one in note.find(note.assemble(materials()), what)]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("0", ["A title"]),
        ("1", ["Prices fell by 3%."]),
        ("2", ["Funding was flat."]),
        ("3", ["Prices fell by 3%."]),  # there is no fourth sentence: the words
        ("funding.flat", ["Funding was flat."]),
        ("Funding.Flat", ["Funding was flat."]),
        ("funding", ["Funding was flat."]),
        ("  PRICES   fell ", ["Prices fell by 3%."]),
        ("a", ["A title", "Funding was flat."]),
        ("rose", []),
        ("", []),
        ("  ", []),
        ("7", []),
    ],
)
def test_a_sentence_is_found_by_number_rule_or_words(what: str, expected: list[str]) -> None:
    assert texts(what) == expected


def test_no_reader_is_told_of_what_only_enriches_a_note() -> None:
    gaps = {("BTC", name): Gap(name, "BTC", "no source has it for BTC") for name in ("basis_quarter_apr", "basis_apr")}
    found = note.told(Frame(WEEK, "BTC", ("BTC",), {}, gaps))
    assert [gap.name for gap in found] == ["basis_apr"]
