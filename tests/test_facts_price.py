"""Price and its movement, each fact worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from reporter.model import Unit
from tests.desk import days, measured, setting

CLOSES = days("2025-03-03", 90.0, 88.0, 91.0, 89.0, 86.0, 86.5, 80.5)


def test_the_price_of_the_week_is_the_close_of_sunday(tmp_path: Path) -> None:
    found = measured(tmp_path, {"price_close/BTC": CLOSES}).fact("BTC.price_usd")
    assert (found.value, found.unit) == (80.5, Unit.PRICE)
    (used,) = found.inputs
    assert (used.series, f"{used.first:%m-%d}", used.rows) == ("price_close/BTC/all/test", "03-09", 1)


def test_without_the_close_of_sunday_there_is_no_price(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2025-03-03", 90.0, 88.0, 91.0, 89.0, 86.0, 86.5)}
    assert measured(tmp_path, rows).gap("BTC.price_usd") == "price_close: no value for the last interval of the week"


def test_the_close_of_monday_is_next_week_s(tmp_path: Path) -> None:
    rows = {"price_close/BTC": {**CLOSES, "2025-03-10": 79.0}}
    assert measured(tmp_path, rows)["BTC.price_usd"] == 80.5


def test_high_and_low_are_those_of_the_seven_days(tmp_path: Path) -> None:
    rows = {  # the day before the week and the day after it reach further
        "price_high/BTC": days("2025-03-02", 99.0, 91.0, 89.0, 92.0, 90.0, 88.0, 87.0, 86.0, 99.0),
        "price_low/BTC": days("2025-03-02", 70.0, 87.0, 86.0, 88.0, 85.0, 82.0, 84.0, 80.0, 70.0),
    }
    found = measured(tmp_path, rows)
    assert (found["BTC.price_high_usd"], found["BTC.price_low_usd"]) == (92.0, 80.0)


def test_a_high_of_six_days_is_no_week_s_high(tmp_path: Path) -> None:
    rows = {"price_high/BTC": days("2025-03-03", 91.0, 89.0, None, 90.0, 88.0, 87.0, 86.0)}
    expected = "price_high: 6 of 7 expected rows between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, rows).gap("BTC.price_high_usd") == expected


def test_an_asset_without_a_source_is_a_gap_that_says_so(tmp_path: Path) -> None:
    assert (
        measured(tmp_path, {"price_close/ETH": CLOSES}).gap("BTC.price_usd") == "price_close: no source has it for BTC"
    )


# From the close of the Sunday before to that of this one: BTC 100 to 110, ETH 100 to 95, SOL 50 to 60. The changes are
# +10 %, -5 % and +20 %; the one in the middle is +10 %.
def closes(before: float, after: float) -> dict[str, float]:
    return {"2025-03-02": before, "2025-03-09": after}


THREE = {
    "price_close/BTC": closes(100.0, 110.0),
    "price_close/ETH": closes(100.0, 95.0),
    "price_close/SOL": closes(50.0, 60.0),
}


def test_the_median_change_is_of_closes_a_week_apart(tmp_path: Path) -> None:
    found = measured(tmp_path, THREE, setting(("BTC", "ETH", "SOL"))).fact("market.price_growth_median")
    assert found.value == pytest.approx(0.1)
    assert found.unit == Unit.FRACTION
    assert sorted(used.series for used in found.inputs) == [
        "price_close/BTC/all/test", "price_close/BTC/all/test", "price_close/ETH/all/test",
        "price_close/ETH/all/test", "price_close/SOL/all/test", "price_close/SOL/all/test",
    ]  # fmt: skip


def test_of_two_assets_there_is_no_median_and_of_a_missing_close_none_either(tmp_path: Path) -> None:
    two = {name: rows for name, rows in THREE.items() if not name.endswith("SOL")}
    why = "price_close: 2 assets; a median wants at least 3"
    assert measured(tmp_path, two, setting(("BTC", "ETH", "SOL"))).gap("market.price_growth_median") == why
    torn: dict[str, dict[str, float]] = {**THREE, "price_close/SOL": {"2025-03-09": 60.0}}
    why = "price_close: no value up to 2025-03-03 00:00"
    assert measured(tmp_path, torn, setting(("BTC", "ETH", "SOL"))).gap("market.price_growth_median") == why
    none = {**THREE, "price_close/SOL": closes(0.0, 60.0)}
    why = "price_close: a price that is not positive"
    assert measured(tmp_path, none, setting(("BTC", "ETH", "SOL"))).gap("market.price_growth_median") == why


# Thirty returns that go up by u and down by u in turn have the mean 0 and a standard deviation (over n - 1) of
# u x sqrt(30 / 29). With u = ln 1.02 that is 0.0198026 x 1.0170953 = 0.0201412, and a year of it
# 0.0201412 x sqrt(365) x 100 = 38.480 points.
SWINGS = days("2025-02-07", *(100.0 if n % 2 == 0 else 102.0 for n in range(31)))


def test_realised_volatility_is_of_thirty_daily_returns(tmp_path: Path) -> None:
    found = measured(tmp_path, {"price_close/BTC": SWINGS}).fact("BTC.realised_volatility")
    assert found.value == pytest.approx(38.480, abs=5e-4)
    assert (found.unit, found.inputs[0].rows) == (Unit.POINTS, 31)


def test_an_earlier_return_is_not_counted(tmp_path: Path) -> None:
    rows = {"price_close/BTC": {**SWINGS, "2025-02-06": 1.0}}
    assert measured(tmp_path, rows)["BTC.realised_volatility"] == pytest.approx(38.480, abs=5e-4)


def test_a_price_that_does_not_move_has_no_volatility(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2025-02-07", *[100.0] * 31)}
    assert measured(tmp_path, rows)["BTC.realised_volatility"] == 0.0


def test_a_missing_day_leaves_volatility_out(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2025-02-07", *(None if n == 9 else 100.0 for n in range(31)))}
    expected = "price_close: 30 of 31 expected rows between 2025-02-07 and 2025-03-09"
    assert measured(tmp_path, rows).gap("BTC.realised_volatility") == expected


def test_a_price_of_zero_leaves_volatility_out(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2025-02-07", *(0.0 if n == 9 else 100.0 for n in range(31)))}
    assert measured(tmp_path, rows).gap("BTC.realised_volatility") == "price_close: a price that is not positive"


def test_implied_volatility_is_sunday_s_and_tells_a_week_s_move(tmp_path: Path) -> None:
    found = measured(tmp_path, {"dvol/BTC": days("2025-03-03", 50.0, 51.0, 55.0, 60.0, 58.0, 45.0, 40.0)})
    assert found["BTC.dvol"] == 40.0
    # 40 / 100 x sqrt(7 / 365) = 0.4 x 0.138486 = 0.055394
    assert found["BTC.expected_move"] == pytest.approx(0.055394, abs=5e-7)


def test_the_volatility_premium_is_implied_minus_realised(tmp_path: Path) -> None:
    rows = {"dvol/BTC": days("2025-03-03", *[40.0] * 7), "price_close/BTC": SWINGS}
    assert measured(tmp_path, rows)["BTC.volatility_premium"] == pytest.approx(40.0 - 38.480, abs=5e-4)


def test_growth_is_close_over_the_previous_sunday_s_close(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2025-02-24", *[95.0] * 6, 100.0, *[90.0] * 6, 80.5)}
    found = measured(tmp_path, rows)
    assert found["BTC.price_usd_growth"] == pytest.approx(-0.195, abs=1e-12)  # 80.5 / 100 - 1
    assert math.isclose(float(str(found["BTC.price_usd_previous"])), 100.0)
