from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reporter.model import Gap, Section, Week
from reporter.render import appendix
from tests.sample_note import fact, growth, make_note, sentence


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        ((2026, 2, 9), "Week 7 of 2026, February 9 to 15"),
        ((2026, 3, 30), "Week 14 of 2026, March 30 to April 5"),
        ((2024, 12, 30), "Week 1 of 2025, December 30, 2024 to January 5, 2025"),
    ],
)
def test_a_week_is_named_by_its_days(monday: tuple[int, int, int], text: str) -> None:
    assert appendix.span(Week(datetime(*monday, tzinfo=UTC))).text == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("etf_net_flow_usd", "ETF net flow (USD)"),
        ("funding_apr", "Funding (APR)"),
        ("skew_25d", "25-delta skew"),
        ("liquidations_long_share", "Liquidations long share"),
        ("open_interest_usd_high_since", "Open interest (USD), highest since"),
        ("dvol_change", "Implied volatility, DVOL, change"),
    ],
)
def test_a_figure_has_a_name_for_readers(name: str, text: str) -> None:
    assert appendix.label(name) == text


def test_only_figures_that_a_reader_sees_are_defined_and_each_once() -> None:
    said = sentence("x", fact("BTC", "price_usd"), fact("ETH", "price_usd"), growth("BTC.price_usd_growth"))
    found = appendix.definitions(make_note(sections=(Section("x", "", "prose", ((said,),)),)))
    assert [(one.name, one.term) for one in found] == [
        ("liquidations_usd", "Liquidations (USD)"),  # the title prints it
        ("price_usd", "Price (USD)"),
        ("_growth", "Growth"),
    ]
    assert found[1].text == "Last spot price of the week, in US dollars."


def test_a_comparison_without_its_own_figure_keeps_its_own_definition() -> None:
    note = make_note()
    facts = tuple(one for one in note.facts if one.name != "price_usd")
    said = sentence("x", growth("BTC.price_usd_growth"))
    found = appendix.definitions(make_note(facts=facts, sections=(Section("x", "", "prose", ((said,),)),)))
    assert "price_usd_growth" in [one.name for one in found]


def test_what_is_missing_is_grouped_by_reason() -> None:
    found = appendix.missing(make_note())
    assert [(one.what, one.reason) for one in found] == [
        (("25-delta skew (BTC, ETH)", "Implied volatility, DVOL (BTC)"), "no source for it is configured"),
        (
            ("Fear and greed index (all assets)",),
            "index: the newest row is of February 3, 2026, and may be two days old",
        ),
    ]


def test_a_reason_is_one_printable_line() -> None:
    (found,) = appendix.missing(make_note(gaps=(Gap("dvol", "BTC", "a\n\tb\x1b[0m"),)))
    assert found.reason == "a b[0m"


def test_the_description_is_whole_sentences() -> None:
    long = sentence("x", "Word " * 50)
    note = make_note(sections=(Section("x", "", "prose", ((sentence("x", "One."), long, long),)),))
    assert appendix.description(note) == "One. " + ("Word " * 50).strip()
    assert appendix.description(make_note(sections=())) == note.title.text
