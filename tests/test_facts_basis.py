"""Futures against spot."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporter.facts import measure_frame
from reporter.model import FutureQuote, Payload, Request, Unit
from tests.desk import ALWAYS, WEEK, Found, Rows, Said, days, every, measured, setting, store


def test_the_basis_is_the_mean_of_the_week_s_closes(tmp_path: Path) -> None:
    rows = {"basis/BTC": days("2025-03-03", 0.01, 0.02, 0.03, -0.01, 0.02, None, None)}
    found = measured(tmp_path, rows).fact("BTC.basis")
    assert found.value == pytest.approx(0.014)  # 0.07 / 5
    assert (found.unit, found.inputs[0].rows) == (Unit.FRACTION, 5)


def test_the_five_days_of_a_trading_week_are_enough_and_four_are_not(tmp_path: Path) -> None:
    rows = {"basis/BTC": days("2025-03-03", 0.01, 0.02, None, -0.01, 0.02, None, None)}
    expected = "basis: 4 of 7 expected rows between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, rows).gap("BTC.basis") == expected


def test_the_yearly_basis_is_sunday_s(tmp_path: Path) -> None:
    rows = {"basis_apr/BTC": days("2025-03-03", *[0.05] * 6, 0.07, 0.09)}
    assert measured(tmp_path, rows)["BTC.basis_apr"] == 0.07


def test_without_sunday_there_is_no_yearly_basis(tmp_path: Path) -> None:
    rows = {"basis_apr/BTC": days("2025-03-03", *[0.05] * 6)}
    assert measured(tmp_path, rows).gap("BTC.basis_apr") == "basis_apr: no value for the last interval of the week"


# ---- from the list of futures ----------------------------------------------------------------------------------------

MONDAY = datetime(2025, 3, 10, 14, 30, tzinfo=UTC)  # half an hour after the week's cut


def quote(days_left: float | None, mark: float, at: datetime = MONDAY) -> FutureQuote:
    expiry = None if days_left is None else at + timedelta(days=days_left)
    return FutureQuote(at, "BTC", "deribit", f"BTC-{days_left}", expiry, mark, 100.0, 1e6, None, "")


def quoted(folder: Path, *quotes: FutureQuote, rows: Rows | None = None) -> Found:
    """The week's facts from a list of futures and these rows."""
    history = store(folder, rows or {})
    body = repr(quotes).encode()
    request = Request("test", "futures/BTC", "test:futures")
    payload = Payload(hashlib.sha256(body).hexdigest(), request, quotes[0].at, 200, "", body)
    items = [replace(one, payload_id=payload.id) for one in quotes]
    history.add(payload, "test", [], [], "live", items)
    return Found(measure_frame(history, setting(), WEEK, ALWAYS))


PRICES: Rows = {"price_close/BTC": days("2025-03-03", *[100.0] * 7)}
# 14.6 days: 0.002 x 365 / 14.6 = 0.05 a year; 73 days: 0.02 x 365 / 73 = 0.10; 109 days: 0.14 by construction.
NEAR, MIDDLE, FAR = quote(14.6, 100.2), quote(73, 102.0), quote(109, 100 * (1 + 0.14 * 109 / 365))


def test_three_months_lie_between_the_expiries_on_either_side(tmp_path: Path) -> None:
    found = quoted(tmp_path, NEAR, MIDDLE, FAR, quote(None, 150.0), rows=PRICES)
    # From 0.10 at 73 days to 0.14 at 109: 91 is half way.
    assert found["BTC.basis_apr"] == pytest.approx(0.12)
    (used,) = found.fact("BTC.basis_apr").inputs
    assert (used.series, used.rows) == ("future_quotes/BTC/deribit/test", 4)


def test_one_month_and_the_slope_of_the_curve(tmp_path: Path) -> None:
    found = quoted(tmp_path, NEAR, MIDDLE, FAR, rows=PRICES)
    # 0.002 x 365 / 14.6 = 0.05 at 14.6 days, 0.10 at 73: at 30 days 0.05 + 0.05 x 15.4 / 58.4.
    month = 0.05 + 0.05 * 15.4 / 58.4
    assert found["BTC.basis_1m_apr"] == pytest.approx(month)
    assert found["BTC.basis_slope_apr"] == pytest.approx(0.12 - month)


def test_near_expiries_that_are_dearer_make_a_negative_slope(tmp_path: Path) -> None:
    found = quoted(tmp_path, quote(36.5, 103.0), quote(91, 102.0), rows=PRICES)
    assert found["BTC.basis_1m_apr"] == pytest.approx(0.30)  # 0.03 x 365 / 36.5, alone on its side
    assert float(str(found["BTC.basis_slope_apr"])) < 0


def test_one_expiry_for_both_tenors_has_no_slope(tmp_path: Path) -> None:
    found = quoted(tmp_path, quote(50, 101.0), rows=PRICES)
    assert found["BTC.basis_apr"] == found["BTC.basis_1m_apr"] == pytest.approx(0.073)  # 0.01 x 365 / 50
    assert found.gap("BTC.basis_slope_apr") == "future_quotes: a single expiry has no slope"


def test_what_a_source_publishes_comes_before_the_list_and_the_slope_stays_within_it(tmp_path: Path) -> None:
    found = quoted(tmp_path, NEAR, MIDDLE, FAR, rows={"basis_apr/BTC": days("2025-03-03", *[0.5] * 7)})
    assert found["BTC.basis_apr"] == 0.5
    assert float(str(found["BTC.basis_slope_apr"])) < 0.12


def test_a_published_rate_that_ends_on_friday_is_not_sunday_s(tmp_path: Path) -> None:
    # Exchanges that close at weekends have no close on Sunday: the list speaks.
    rows: Rows = {**PRICES, "basis_apr/BTC/cme": days("2025-03-03", *[0.5] * 5)}
    assert quoted(tmp_path, NEAR, MIDDLE, FAR, rows=rows)["BTC.basis_apr"] == pytest.approx(0.12)


@pytest.mark.parametrize(
    "quotes",
    [
        (quote(None, 101.0),),  # a perpetual
        (quote(5, 101.0), quote(300, 101.0), quote(None, 101.0)),  # too near, and too far to stand alone
    ],
)
def test_a_list_without_a_future_near_the_tenor_has_no_rate(tmp_path: Path, quotes: tuple[FutureQuote, ...]) -> None:
    found = quoted(tmp_path, *quotes, rows=PRICES)
    for fact, tenor in (("basis_apr", 91), ("basis_1m_apr", 30), ("basis_slope_apr", 91)):
        assert found.gap(f"BTC.{fact}") == f"future_quotes: no dated future is near {tenor} days"


def test_without_a_list_there_is_no_curve(tmp_path: Path) -> None:
    found = measured(tmp_path, PRICES)
    expected = "future_quotes: none were taken in the eight days after the week's end"
    assert found.gap("BTC.basis_1m_apr") == found.gap("BTC.basis_slope_apr") == expected
    assert found.gap("BTC.basis_apr") == "basis_apr: no source has it for BTC"


# ---- against funding, and the quarter --------------------------------------------------------------------------------


def test_the_basis_is_set_against_funding_as_annual_rates(tmp_path: Path) -> None:
    rows = {
        "basis_apr/BTC": days("2025-03-03", *[0.05] * 6, 0.08),
        "funding/BTC": every(8, "2025-03-03", *[0.0001] * 21),
    }
    found = measured(tmp_path, rows)
    assert found["BTC.basis_minus_funding_apr"] == pytest.approx(0.08 - 0.1095)  # 0.0001 x 8760 / 8
    assert {one.series.split("/")[0] for one in found.fact("BTC.basis_minus_funding_apr").inputs} == {
        "basis_apr",
        "funding",
    }


def test_hourly_funding_is_annualised_by_its_own_interval(tmp_path: Path) -> None:
    rows = {
        "basis_apr/BTC": days("2025-03-03", *[0.05] * 7),
        "funding/BTC": every(1, "2025-03-03", *[0.00001] * 168),
    }
    found = measured(tmp_path, rows, said=Said({"funding": 1}))
    assert found["BTC.basis_minus_funding_apr"] == pytest.approx(0.05 - 0.0876)  # 0.00001 x 8760


@pytest.mark.parametrize("missing", ["basis_apr", "funding"])
def test_without_either_there_is_no_difference(tmp_path: Path, missing: str) -> None:
    whole: Rows = {
        "basis_apr/BTC": days("2025-03-03", *[0.05] * 7),
        "funding/BTC": every(8, "2025-03-03", *[0.0001] * 21),
    }
    rows = {name: values for name, values in whole.items() if name != f"{missing}/BTC"}
    assert measured(tmp_path, rows).gap("BTC.basis_minus_funding_apr") == f"{missing}: no source has it for BTC"


def test_the_quarter_is_read_at_the_end_of_the_week(tmp_path: Path) -> None:
    rows = {"basis_quarter_apr/BTC/binance": days("2025-03-03", *[0.05] * 7, -0.02, 0.09)}
    found = measured(tmp_path, rows).fact("BTC.basis_quarter_apr")
    assert (found.value, found.unit) == (-0.02, Unit.APR)


def test_the_quarter_of_the_day_before_is_not_that_of_the_end(tmp_path: Path) -> None:
    rows = {"basis_quarter_apr/BTC/binance": days("2025-03-03", *[0.05] * 7)}
    assert measured(tmp_path, rows).gap("BTC.basis_quarter_apr") == "basis_quarter_apr: no value at 2025-03-10 00:00"
