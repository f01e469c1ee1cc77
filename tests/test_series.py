"""What a series may be: which values no market can have, and how readers know its measure and its venue."""

from __future__ import annotations

import math

import pytest

from reporter.model import Unit
from reporter.series import FORMS, SIGNED, TOPICS, VENUE_NAMES, impossible, topic, venue_name

NEVER_NEGATIVE = sorted(set(FORMS) - SIGNED)
PRICES = sorted(measure for measure, form in FORMS.items() if form.unit == Unit.PRICE)


# ---- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", FORMS)
def test_an_ordinary_value_is_possible(measure: str) -> None:
    assert impossible(measure, 1.0) == ""


@pytest.mark.parametrize("measure", FORMS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e19, -1e19, 1e-19])
def test_a_value_beyond_every_market_is_impossible(measure: str, value: float) -> None:
    assert impossible(measure, value) == f"{value:g} is out of all bounds"


@pytest.mark.parametrize("measure", NEVER_NEGATIVE)
def test_an_amount_is_never_negative(measure: str) -> None:
    assert impossible(measure, -1.0) == f"-1 cannot be: {FORMS[measure].meaning} is never negative"


@pytest.mark.parametrize("measure", sorted(SIGNED))
def test_rates_flows_and_differences_have_a_sign(measure: str) -> None:
    assert impossible(measure, -1.0) == ""


def test_every_measure_with_a_sign_has_a_form() -> None:
    assert set(FORMS) >= SIGNED


@pytest.mark.parametrize("measure", PRICES)
def test_nothing_costs_zero(measure: str) -> None:
    assert impossible(measure, 0.0) == f"0 cannot be: {FORMS[measure].meaning} is never zero"


@pytest.mark.parametrize("measure", sorted(set(FORMS) - set(PRICES)))
def test_everything_else_may_be_zero(measure: str) -> None:
    assert impossible(measure, 0.0) == ""
    assert impossible(measure, -0.0) == ""


def test_an_index_ends_at_a_hundred() -> None:
    assert impossible("fear_greed", 100.0) == ""
    assert impossible("fear_greed", 100.5) == "100.5 cannot be: fear and greed index, 0 to 100"
    assert impossible("dvol", 100.5) == ""


def test_very_small_and_very_large_values_of_real_markets_are_possible() -> None:
    assert [impossible("price_close", value) for value in (1e-12, 1e9)] == ["", ""]
    assert impossible("funding", 1e-9) == ""
    assert impossible("market_cap", 5e12) == ""


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("price_close", "Price"),
        ("liquidations_short", "Liquidations"),
        ("funding_oi_weighted", "Funding weighted by open interest"),
        ("dvol", "Implied volatility"),
        ("market_cap", "Market capitalisation"),
        ("basis_quarter_apr", "Quarterly future over index"),
        ("basis", "Front future over spot"),
    ],
)
def test_a_measure_is_told_as_readers_know_it(measure: str, expected: str) -> None:
    assert topic(measure) == expected


@pytest.mark.parametrize("measure", FORMS)
def test_every_measure_has_a_topic_in_plain_words(measure: str) -> None:
    found = topic(measure)
    assert found[:1].isupper() or found[:1].isdigit()
    assert "_" not in found
    assert "," not in found


def test_every_topic_is_of_a_measure() -> None:
    assert set(FORMS) >= set(TOPICS)


@pytest.mark.parametrize(
    ("venue", "expected"),
    [
        ("binance", "Binance"),
        ("okx", "OKX"),
        ("cme", "CME"),
        ("us_spot", "US spot funds"),
        ("bitmex", "BitMEX"),
        ("coingecko", "CoinGecko"),
        ("alternative.me", "Alternative.me"),
        ("gate", "Gate"),
        ("hyperliquid", "Hyperliquid"),
        ("OKX", "OKX"),
        ("", ""),
    ],
)
def test_a_venue_is_called_by_its_name(venue: str, expected: str) -> None:
    assert venue_name(venue) == expected


def test_no_venue_has_the_name_of_another() -> None:
    assert len(set(VENUE_NAMES.values())) == len(VENUE_NAMES)
