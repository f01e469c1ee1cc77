"""Positions closed by force: totals, sides and days, worked out by hand."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.facts import measure_frame
from tests.desk import ALWAYS, WEEK, Found, Rows, Said, days, every, measured, say, setting, store

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


# ---- the largest hour ------------------------------------------------------------------------------------------------

HOURS = ("largest_hour_usd", "largest_hour", "largest_hour_day")
BY_HOUR = Said({"liquidations_long": 1, "liquidations_short": 1})


def hourly(asset: str, *, longs: dict[int, float], shorts: dict[int, float]) -> Rows:
    """A week of hours with a dollar on each side but for some hours, counted from Monday 00:00."""
    return {
        f"liquidations_{side}/{asset}": every(1, "2025-03-03", *[some.get(n, 1.0) for n in range(168)])
        for side, some in (("long", longs), ("short", shorts))
    }


def test_the_largest_hour_is_found_over_both_sides_and_all_assets(tmp_path: Path) -> None:
    # BTC: hour 30 has 50 + 1, hour 40 has 30 + 30. ETH: hour 30 has 20 + 1 and hour 40 the usual 1 + 1.
    rows = {
        **hourly("BTC", longs={30: 50.0, 40: 30.0}, shorts={40: 30.0}),
        **hourly("ETH", longs={30: 20.0}, shorts={}),
    }
    found = measured(tmp_path, rows, BOTH, said=BY_HOUR)
    # hour 40 is Tuesday 16:00 UTC; over both assets hour 30, Tuesday 06:00, has 51 + 21
    assert [found[f"BTC.liquidations_{name}"] for name in HOURS] == [60.0, 16.0, date(2025, 3, 4)]
    assert [found[f"market.liquidations_{name}"] for name in HOURS] == [72.0, 6.0, date(2025, 3, 4)]
    assert found.fact("market.liquidations_largest_hour").inputs == found.fact("market.liquidations_usd").inputs


@pytest.mark.parametrize(("at", "hour", "day"), [(0, 0.0, date(2025, 3, 3)), (167, 23.0, date(2025, 3, 9))])
def test_the_first_and_the_last_hour_of_the_week_may_be_it(tmp_path: Path, at: int, hour: float, day: date) -> None:
    found = measured(tmp_path, hourly("BTC", longs={at: 9.0}, shorts={}), said=BY_HOUR)
    assert [found[f"BTC.liquidations_{name}"] for name in HOURS] == [10.0, hour, day]


def test_of_two_equal_hours_the_first_is_the_largest(tmp_path: Path) -> None:
    found = measured(tmp_path, hourly("BTC", longs={29: 9.0, 31: 9.0}, shorts={}), said=BY_HOUR)
    assert (found["BTC.liquidations_largest_hour"], found["BTC.liquidations_largest_hour_usd"]) == (5.0, 10.0)


def test_half_hours_add_up_to_their_hours(tmp_path: Path) -> None:
    # the two halves of hour 2 have 3 + 3 and a dollar each of shorts; hour 4 has 5 in one half
    longs = [{4: 3.0, 5: 3.0, 8: 5.0}.get(n, 0.0) for n in range(336)]
    rows = {"liquidations_long/BTC": every(0.5, "2025-03-03", *longs),
            "liquidations_short/BTC": every(0.5, "2025-03-03", *[1.0] * 336)}  # fmt: skip
    found = measured(tmp_path, rows, said=Said({"liquidations_long": 0.5, "liquidations_short": 0.5}))
    assert [found[f"BTC.liquidations_{name}"] for name in HOURS] == [8.0, 2.0, date(2025, 3, 3)]


@pytest.mark.parametrize(("hours", "often"), [(24, "daily"), (4, "of 4 hours each")])
def test_days_say_nothing_of_hours(tmp_path: Path, hours: int, often: str) -> None:
    rows = {name: every(hours, "2025-03-03", *[1.0] * (168 // hours)) for name in BTC}
    found = measured(tmp_path, rows, said=Said(dict.fromkeys(("liquidations_long", "liquidations_short"), hours)))
    for name in HOURS:
        reason = f"liquidations_long: the series is {often}, so that no hour can be told"
        assert found.gap(f"BTC.liquidations_{name}") == found.gap(f"market.liquidations_{name}") == reason


def test_one_asset_by_the_day_leaves_the_market_without_an_hour(tmp_path: Path) -> None:
    history = store(tmp_path, hourly("BTC", longs={30: 50.0}, shorts={}), BY_HOUR)
    say(history, ETH, Said({}, key="daily"))
    found = Found(measure_frame(history, BOTH, WEEK, ALWAYS))
    assert found["BTC.liquidations_largest_hour"] == 6.0
    assert "no hour can be told" in found.gap("market.liquidations_largest_hour_usd")


def test_a_week_without_liquidations_has_no_largest_hour(tmp_path: Path) -> None:
    zero = {name: every(1, "2025-03-03", *[0.0] * 168) for name in BTC}
    found = measured(tmp_path, zero, said=BY_HOUR)
    assert found["BTC.liquidations_largest_hour_usd"] == 0.0
    for name in HOURS[1:]:
        assert found.gap(f"BTC.liquidations_{name}") == "liquidations: none were reported, so no hour stands out"


def test_a_missing_hour_leaves_the_week_without_a_largest_one(tmp_path: Path) -> None:
    rows = hourly("BTC", longs={30: 50.0}, shorts={})
    del rows["liquidations_short/BTC"]["2025-03-05 07:00"]  # type: ignore[attr-defined]
    reason = "liquidations_short: 167 of 168 expected rows between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, rows, said=BY_HOUR).gap("BTC.liquidations_largest_hour_usd") == reason


@given(st.lists(st.integers(0, 10**6), min_size=168, max_size=168))
@settings(max_examples=15, deadline=None)
def test_the_largest_hour_is_no_more_than_the_largest_day_and_no_less_than_the_mean(values: list[int]) -> None:
    rows = {"liquidations_long/BTC": every(1, "2025-03-03", *map(float, values)),
            "liquidations_short/BTC": every(1, "2025-03-03", *[0.0] * 168)}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), rows, said=BY_HOUR)
    hour = found["BTC.liquidations_largest_hour_usd"]
    assert isinstance(hour, float)
    assert hour == max(values)
    assert hour <= found["BTC.liquidations_largest_day_usd"]  # type: ignore[operator]
