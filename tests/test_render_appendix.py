from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reporter.model import NOTHING_COVERED, Coverage, Gap, Rest, Section, Week
from reporter.render import appendix
from tests.sample_note import WEEK, fact, growth, make_note, sentence


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


# ---- what a note rests on --------------------------------------------------------------------------------------------


def rest(**changes: Any) -> Rest:
    return replace(Rest("Price", ("BTC", "ETH"), "binance", "Binance spot", WEEK.end, ()), **changes)


def covering(**changes: Any) -> Coverage:
    return replace(NOTHING_COVERED, **changes)


def test_a_line_of_the_coverage_is_text_for_readers() -> None:
    assert appendix.rests(covering(rests=(rest(remarks=("instead of Gate, out of order",)),))) == (
        appendix.RestRow(
            "Price", "BTC, ETH", "Binance", "Binance spot", "February 16, 00:00", ("instead of Gate, out of order",)
        ),
    )
    assert appendix.rests(NOTHING_COVERED) == ()


@pytest.mark.parametrize(
    ("venue", "text"),
    [("all", "all venues"), ("binance+okx+bybit", "Binance, OKX, Bybit"), ("us_spot", "US spot funds")],
)
def test_venues_are_told_by_their_names(venue: str, text: str) -> None:
    (row,) = appendix.rests(covering(rests=(rest(venue=venue),)))
    assert row.venue == text


def test_an_index_of_all_is_of_the_market() -> None:
    (row,) = appendix.rests(covering(rests=(rest(topic="Fear and greed index", assets=("market",)),)))
    assert row.assets == "market"


def test_what_a_source_calls_itself_is_one_printable_line() -> None:
    (row,) = appendix.rests(covering(rests=(rest(source=" a\n\tb\x1b[0m ", remarks=("c\r\nd",)),)))
    assert (row.source, row.remarks) == ("a b[0m", ("c d",))
    assert appendix.coverage_lines(covering(share=0.5, share_of="a\nb", silent=("c\n d: no\x07",))) == (
        "Share of the lead asset's open interest covered: 50% of what a b lists.",
        "No answer from c d: no.",
    )


def test_the_coverage_as_a_whole_is_told_in_sentences() -> None:
    assert appendix.coverage_lines(make_note().coverage) == (
        "Venues reporting: Binance, Bybit, OKX.",
        "Share of the lead asset's open interest covered: 41% of what CoinGecko lists.",
        "Oldest of the newest values: February 16, 2026, 00:00 UTC.",
        "No answer from Gate: out of order (HTTP 503).",
    )


def test_of_what_is_not_known_nothing_is_told() -> None:
    assert appendix.coverage_lines(NOTHING_COVERED) == ()
    assert appendix.coverage_lines(covering(share=0.0, share_of="CoinGecko")) == (
        "Share of the lead asset's open interest covered: 0% of what CoinGecko lists.",
    )


def test_a_source_that_gave_something_did_not_give_everything() -> None:
    silent = ("Binance: answered what could not be read", "Binance spot: out of order", "CoinGecko: asked too often",
              "Gate: blocked")  # fmt: skip
    assert appendix.coverage_lines(covering(rests=(rest(source="Binance"),), share_of="CoinGecko", silent=silent)) == (
        "Not everything came from Binance: answered what could not be read.",
        "No answer from Binance spot: out of order.",
        "Not everything came from CoinGecko: asked too often.",
        "No answer from Gate: blocked.",
    )


def test_every_page_may_name_what_the_note_rests_on() -> None:
    note = make_note()
    context = appendix.context(note)
    assert context["rests"] == appendix.rests(note.coverage)
    assert context["coverage"] == appendix.coverage_lines(note.coverage)
