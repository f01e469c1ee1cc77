"""Positions closed by force: totals, sides and days, worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.desk import Rows, Said, days, every, measured, setting

BTC: Rows = {
    "liquidations_long/BTC": days("2025-03-03", 10.0, 20.0, 5.0, 0.0, 40.0, 3.0, 2.0),  # 80
    "liquidations_short/BTC": days("2025-03-03", 1.0, 2.0, 9.0, 0.0, 4.0, 3.0, 1.0),  # 20
}
ETH: Rows = {
    "liquidations_long/ETH": days("2025-03-03", 0.0, 30.0, 0.0, 0.0, 0.0, 0.0, 0.0),  # 30
    "liquidations_short/ETH": days("2025-03-03", 0.0, 10.0, 10.0, 0.0, 0.0, 0.0, 0.0),  # 20
}
BOTH = setting(["BTC", "ETH"])


def test_an_asset_s_week_is_the_sum_of_its_days(tmp_path: Path) -> None:
    found = measured(tmp_path, BTC)
    assert (found["BTC.liquidations_long_usd"], found["BTC.liquidations_short_usd"]) == (80.0, 20.0)
    assert (found["BTC.liquidations_usd"], found["BTC.liquidations_long_share"]) == (100.0, 0.8)


def test_the_market_is_the_sum_of_the_assets(tmp_path: Path) -> None:
    found = measured(tmp_path, {**BTC, **ETH}, BOTH)
    assert (found["market.liquidations_usd"], found["market.liquidations_long_usd"]) == (150.0, 110.0)
    assert found["market.liquidations_long_share"] == pytest.approx(110 / 150)


def test_the_largest_day_is_found_over_both_sides(tmp_path: Path) -> None:
    found = measured(tmp_path, {**BTC, **ETH}, BOTH)
    assert (found["BTC.liquidations_largest_day"], found["BTC.liquidations_largest_day_usd"]) == (
        date(2025, 3, 7),
        44.0,
    )
    # Tuesday has 22 of BTC and 40 of ETH.
    assert found["market.liquidations_largest_day"] == date(2025, 3, 4)
    assert found["market.liquidations_largest_day_usd"] == 62.0


def test_of_two_equal_days_the_first_is_the_largest(tmp_path: Path) -> None:
    rows = {
        "liquidations_long/BTC": days("2025-03-03", 0.0, 5.0, 1.0, 2.0, 0.0, 0.0, 0.0),
        "liquidations_short/BTC": days("2025-03-03", 0.0, 0.0, 4.0, 3.0, 0.0, 0.0, 0.0),
    }
    assert measured(tmp_path, rows)["BTC.liquidations_largest_day"] == date(2025, 3, 4)


def test_a_week_without_liquidations_is_zero_and_has_no_share_and_no_day(tmp_path: Path) -> None:
    zero = {name: days("2025-03-03", *[0.0] * 7) for name in BTC}
    found = measured(tmp_path, {**zero, "open_interest/BTC": {"2025-03-03": 5.0}})
    assert (found["BTC.liquidations_usd"], found["BTC.liquidations_largest_day_usd"]) == (0.0, 0.0)
    assert found["BTC.liquidations_to_open_interest"] == 0.0
    assert found.gap("BTC.liquidations_long_share") == "liquidations: none were reported, so there is no share"
    assert found.gap("BTC.liquidations_largest_day") == "liquidations: none were reported, so no day stands out"


@pytest.mark.parametrize("side", ["long", "short"])
def test_six_days_are_no_week(tmp_path: Path, side: str) -> None:
    name = f"liquidations_{side}/BTC"
    rows = {**BTC, name: {at: value for at, value in BTC[name].items() if not at.startswith("2025-03-06")}}
    found = measured(tmp_path, rows)
    reason = f"liquidations_{side}: 6 of 7 expected rows between 2025-03-03 and 2025-03-09"
    for fact in ("usd", "long_usd", "short_usd", "long_share", "largest_day", "largest_day_usd"):
        assert found.gap(f"BTC.liquidations_{fact}") == reason
        assert found.gap(f"market.liquidations_{fact}") == reason


def test_the_market_has_no_total_while_one_asset_lacks_a_day(tmp_path: Path) -> None:
    short = {**ETH, "liquidations_long/ETH": days("2025-03-03", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)}
    found = measured(tmp_path, {**BTC, **short}, BOTH)
    assert found["BTC.liquidations_usd"] == 100.0
    assert found.gap("market.liquidations_usd").startswith("liquidations_long: 6 of 7")


def test_four_hour_rows_add_up_to_their_days(tmp_path: Path) -> None:
    # 42 rows of 1 and of 2; Sunday's last one is 31 more.
    rows = {
        "liquidations_long/BTC": every(4, "2025-03-03", *[1.0] * 41, 32.0),
        "liquidations_short/BTC": every(4, "2025-03-03", *[2.0] * 42),
    }
    found = measured(tmp_path, rows, said=Said({"liquidations_long": 4, "liquidations_short": 4}))
    assert found["BTC.liquidations_usd"] == 42 + 31 + 84
    assert (found["BTC.liquidations_largest_day"], found["BTC.liquidations_largest_day_usd"]) == (
        date(2025, 3, 9),
        49.0,
    )


def test_rows_that_come_more_often_than_the_series_says_are_not_counted(tmp_path: Path) -> None:
    # Seven of its four-hour rows would pass for the seven days of a whole week.
    rows = {name: every(4, "2025-03-03", *[1.0] * 40) for name in BTC}
    reason = "liquidations_long: 40 rows, more than the 7 expected between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, rows).gap("BTC.liquidations_usd") == reason


def test_the_two_sides_are_never_of_two_venues(tmp_path: Path) -> None:
    rows = {
        "liquidations_long/BTC/okx": days("2025-03-03", *[1.0] * 7),
        "liquidations_long/BTC/binance": days("2025-03-03", *[3.0] * 7),
        "liquidations_short/BTC/binance": days("2025-03-03", *[4.0] * 7),
    }
    prefer_okx = dict.fromkeys(("liquidations_long", "liquidations_short"), ("okx", "binance"))
    found = measured(tmp_path, rows, setting(venues=prefer_okx))
    assert (found["BTC.liquidations_usd"], found["BTC.liquidations_long_usd"]) == (49.0, 21.0)
    assert {one.series.split("/")[2] for one in found.fact("BTC.liquidations_usd").inputs} == {"binance"}


def test_one_side_alone_is_no_total(tmp_path: Path) -> None:
    rows = {"liquidations_long/BTC": BTC["liquidations_long/BTC"]}
    assert measured(tmp_path, rows).gap("BTC.liquidations_usd") == "liquidations_short: no source has it for BTC"


def test_liquidations_are_set_against_the_open_interest_at_the_start(tmp_path: Path) -> None:
    open_interest = {"open_interest/BTC": days("2025-03-03", 2000.0, *[9.0] * 7)}
    found = measured(tmp_path, {**BTC, **open_interest})
    assert found["BTC.liquidations_to_open_interest"] == 0.05  # 100 / 2000
    assert found["market.liquidations_to_open_interest"] == 0.05


def test_without_open_interest_at_the_start_there_is_nothing_to_set_them_against(tmp_path: Path) -> None:
    late = measured(tmp_path, {**BTC, "open_interest/BTC": {"2025-03-04": 5.0}})
    assert late.gap("BTC.liquidations_to_open_interest") == "open_interest: no value at 2025-03-03 00:00"
    zero = measured(tmp_path, {**BTC, "open_interest/BTC": {"2025-03-03": 0.0}})
    assert zero.gap("BTC.liquidations_to_open_interest") == "open_interest: not positive at the start of the week"


def test_liquidations_of_two_assets_are_not_set_against_the_open_interest_of_one(tmp_path: Path) -> None:
    found = measured(tmp_path, {**BTC, **ETH, "open_interest/BTC": {"2025-03-03": 2000.0}}, BOTH)
    assert found["BTC.liquidations_to_open_interest"] == 0.05
    expected = "liquidations_long covers BTC, ETH, but open_interest covers BTC"
    assert found.gap("market.liquidations_to_open_interest") == expected
