"""Open interest at the edges of the week, in dollars and coins, and what moved it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.model import Unit
from tests import live
from tests.desk import Found, Rows, Said, days, measured, setting

# 1000 coins at a price of 20 at the start; 1200 coins at a price of 25 at the end.
ROWS: Rows = {
    "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-10": 30_000.0},
    "price_close/BTC": {"2025-03-02": 20.0, "2025-03-09": 25.0},
}


def test_it_is_read_at_the_start_and_at_the_end(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS)
    assert (found["BTC.open_interest_opening_usd"], found["BTC.open_interest_usd"]) == (20_000.0, 30_000.0)
    assert found.fact("BTC.open_interest_usd").inputs[0].first == found.frame.week.end


def test_the_value_of_the_day_before_is_not_the_value_at_the_moment(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": {"2025-03-02": 20_000.0, "2025-03-09": 30_000.0, "2025-03-11": 1.0}}
    found = measured(tmp_path, rows)
    assert found.gap("BTC.open_interest_opening_usd") == "open_interest: no value at 2025-03-03 00:00"
    assert found.gap("BTC.open_interest_usd") == "open_interest: no value at 2025-03-10 00:00"


def test_a_value_a_second_late_is_not_the_value_at_the_moment(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": {"2025-03-05": 1.0, "2025-03-10 00:00:01": 30_000.0}}
    assert measured(tmp_path, rows).gap("BTC.open_interest_usd") == "open_interest: no value at 2025-03-10 00:00"


def test_coins_are_dollars_over_the_price_of_the_same_instant(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS).fact("BTC.open_interest_coins")
    assert (found.value, found.unit) == (1200.0, Unit.COIN)


def test_the_change_is_split_into_positions_and_price(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS)
    assert found["BTC.open_interest_position_effect_usd"] == 4_000.0  # 20 x (1200 - 1000)
    assert found["BTC.open_interest_price_effect_usd"] == 5_000.0  # 1000 x (25 - 20)
    # The rest of the 10,000 is cross: (1200 - 1000) x (25 - 20) = 1,000.


def test_an_effect_rests_on_the_four_rows_of_the_edges(tmp_path: Path) -> None:
    inputs = measured(tmp_path, ROWS).fact("BTC.open_interest_position_effect_usd").inputs
    assert sorted((one.series.split("/")[0], f"{one.first:%m-%d}", one.rows) for one in inputs) == [
        ("open_interest", "03-03", 1),
        ("open_interest", "03-10", 1),
        ("price_close", "03-02", 1),
        ("price_close", "03-09", 1),
    ]


Amount = st.floats(min_value=1e-3, max_value=1e12)


@given(before=Amount, after=Amount, opening=Amount, closing=Amount)
def test_positions_price_and_cross_add_up_to_the_change(
    tmp_path_factory: pytest.TempPathFactory, before: float, after: float, opening: float, closing: float
) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": opening, "2025-03-10": closing},
        "price_close/BTC": {"2025-03-02": before, "2025-03-09": after},
    }
    found = measured(tmp_path_factory.mktemp("split"), rows)
    positions, price = (float(str(found[f"BTC.open_interest_{part}_effect_usd"])) for part in ("position", "price"))
    cross = (closing / after - opening / before) * (after - before)
    scale = max(abs(part) for part in (positions, price, cross, opening, closing))
    assert positions + price + cross == pytest.approx(closing - opening, abs=1e-9 * scale)


def test_constant_coins_have_no_position_effect(tmp_path: Path) -> None:
    rows = {**ROWS, "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-10": 25_000.0}}  # 1000 coins throughout
    found = measured(tmp_path, rows)
    assert found["BTC.open_interest_position_effect_usd"] == 0.0
    assert found["BTC.open_interest_price_effect_usd"] == 5_000.0


def test_a_constant_price_has_no_price_effect(tmp_path: Path) -> None:
    rows = {**ROWS, "price_close/BTC": {"2025-03-02": 20.0, "2025-03-09": 20.0}}
    found = measured(tmp_path, rows)
    assert found["BTC.open_interest_price_effect_usd"] == 0.0
    assert found["BTC.open_interest_position_effect_usd"] == 10_000.0


def test_without_the_price_at_an_edge_nothing_is_said_in_coins(tmp_path: Path) -> None:
    found = measured(tmp_path, {**ROWS, "price_close/BTC": {"2025-03-03": 20.0, "2025-03-09": 25.0}})
    assert found["BTC.open_interest_coins"] == 1200.0
    for effect in ("position", "price"):
        expected = "price_close: no value up to 2025-03-03 00:00"
        assert found.gap(f"BTC.open_interest_{effect}_effect_usd") == expected


def test_a_price_of_zero_leaves_coins_out(tmp_path: Path) -> None:
    found = measured(tmp_path, {**ROWS, "price_close/BTC": {"2025-03-02": 20.0, "2025-03-09": 0.0}})
    for fact in ("open_interest_coins", "open_interest_position_effect_usd", "open_interest_price_effect_usd"):
        assert found.gap(f"BTC.{fact}") == "price_close: a price that is not positive"


def test_both_edges_of_an_effect_are_of_one_venue(tmp_path: Path) -> None:
    rows = {
        "open_interest/BTC/all": {"2025-03-03": 90_000.0},  # the preferred venue, whose end is missing
        "open_interest/BTC/binance": {"2025-03-03": 20_000.0, "2025-03-10": 30_000.0},
        "price_close/BTC": ROWS["price_close/BTC"],
    }
    found = measured(tmp_path, rows)
    assert (found["BTC.open_interest_opening_usd"], found["BTC.open_interest_usd"]) == (90_000.0, 30_000.0)
    assert found["BTC.open_interest_position_effect_usd"] == 4_000.0


def test_the_market_is_the_sum_of_the_assets_at_one_moment(tmp_path: Path) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": 1.0, "2025-03-10": 2.0},
        "open_interest/ETH": {"2025-03-03": 10.0, "2025-03-10": 20.0},
    }
    found = measured(tmp_path, rows, setting(["BTC", "ETH", "SOL"]))
    assert (found["market.open_interest_opening_usd"], found["market.open_interest_usd"]) == (11.0, 22.0)
    assert "market.open_interest_coins" not in found


def test_the_market_has_no_sum_while_one_asset_has_no_value_there(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": days("2025-03-03", *[1.0] * 8), "open_interest/ETH": days("2025-03-03", *[1.0] * 7)}
    found = measured(tmp_path, rows, setting(["BTC", "ETH"]))
    assert found["market.open_interest_opening_usd"] == 2.0
    assert found.gap("market.open_interest_usd") == "open_interest: no value at 2025-03-10 00:00"


# ---- the cross effect ------------------------------------------------------------------------------------------------

PARTS = ("position", "price", "cross")


def parts(found: Found) -> list[float]:
    return [float(str(found[f"BTC.open_interest_{part}_effect_usd"])) for part in PARTS]


def test_what_positions_and_price_did_together_is_the_cross_effect(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS)
    assert found["BTC.open_interest_cross_effect_usd"] == 1_000.0  # (1200 - 1000) x (25 - 20)
    assert sum(parts(found)) == 10_000.0


def test_falling_coins_and_a_rising_price_cross_below_zero(tmp_path: Path) -> None:
    rows = {**ROWS, "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-10": 20_000.0}}
    found = measured(tmp_path, rows)
    assert parts(found) == [-4_000.0, 5_000.0, -1_000.0]  # 800 coins at 25 after 1000 at 20


# ---- coins that the venue counts -------------------------------------------------------------------------------------

# 1000 coins at 20, then 1200 at 25, while the spot market has other prices.
COUNTED: Rows = {
    "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-10": 30_000.0},
    "open_interest_coins/BTC": {"2025-03-03": 1_000.0, "2025-03-10": 1_200.0},
    "price_close/BTC": {"2025-03-02": 40.0, "2025-03-09": 50.0},
}


def test_where_a_venue_counts_coins_its_own_price_splits_the_change(tmp_path: Path) -> None:
    found = measured(tmp_path, COUNTED)
    assert parts(found) == [4_000.0, 5_000.0, 1_000.0]
    assert found["BTC.open_interest_coins"] == 1_200.0
    for part in PARTS:
        inputs = found.fact(f"BTC.open_interest_{part}_effect_usd").inputs
        assert {one.series.split("/")[0] for one in inputs} == {"open_interest", "open_interest_coins"}


def test_without_a_spot_price_coins_of_the_venue_are_enough(tmp_path: Path) -> None:
    rows = {name: values for name, values in COUNTED.items() if not name.startswith("price")}
    assert parts(measured(tmp_path, rows)) == [4_000.0, 5_000.0, 1_000.0]


@pytest.mark.parametrize(
    "coins",
    [
        {"open_interest_coins/BTC/bybit": {"2025-03-03": 7.0, "2025-03-10": 7.0}},  # another venue
        {"open_interest_coins/BTC/all/other": {"2025-03-03": 7.0, "2025-03-10": 7.0}},  # another source
        {"open_interest_coins/BTC": {"2025-03-10": 7.0}},  # one of the two moments
        {"open_interest_coins/BTC": {"2025-03-02 12:00": 7.0, "2025-03-09 12:00": 7.0}},  # half a day earlier
        {"open_interest_coins/BTC": {"2025-03-03": 0.0, "2025-03-10": 7.0}},  # a count that no price follows from
    ],
)
def test_coins_of_another_place_or_moment_are_no_price(tmp_path: Path, coins: Rows) -> None:
    found = measured(tmp_path, {**ROWS, **coins}, setting(sources=("test", "other")))
    assert parts(found) == [4_000.0, 5_000.0, 1_000.0]  # by the spot price
    inputs = found.fact("BTC.open_interest_position_effect_usd").inputs
    assert {one.series for one in inputs} == {"open_interest/BTC/all/test", "price_close/BTC/all/test"}


def test_coins_of_a_venue_among_several_are_found(tmp_path: Path) -> None:
    rows = {name.replace("BTC", "BTC/okx"): values for name, values in COUNTED.items()}
    rows["open_interest_coins/BTC/binance"] = {"2025-03-03": 7.0, "2025-03-10": 7.0}
    assert measured(tmp_path, rows)["BTC.open_interest_coins"] == 1_200.0


def test_coins_alone_are_enough_to_say_how_many_there_are(tmp_path: Path) -> None:
    found = measured(tmp_path, {"open_interest_coins/BTC/bybit": {"2025-03-10": 1_200.0}})
    assert found["BTC.open_interest_coins"] == 1_200.0
    assert found.gap("BTC.open_interest_position_effect_usd") == "open_interest: no source has it for BTC"


def test_the_spot_price_is_that_of_the_moment_of_the_open_interest(tmp_path: Path) -> None:
    rows = {**ROWS, "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-09 12:00": 30_000.0}}
    expected = "price_close: no value up to 2025-03-09 12:00"
    found = measured(tmp_path, rows)
    assert found["BTC.open_interest_usd"] == 30_000.0
    assert found.gap("BTC.open_interest_coins") == found.gap("BTC.open_interest_price_effect_usd") == expected


def test_a_close_that_ends_at_that_moment_is_its_price(tmp_path: Path) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-09 12:00": 30_000.0},
        "price_close/BTC": {"2025-03-02 23:00": 20.0, "2025-03-09 11:00": 25.0, "2025-03-09 23:00": 99.0},
    }
    found = measured(tmp_path, rows, said=Said({"price_close": 1}))
    assert parts(found) == [4_000.0, 5_000.0, 1_000.0]


def test_prices_of_two_venues_make_no_change_of_price(tmp_path: Path) -> None:
    rows: Rows = {
        "open_interest/BTC": {"2025-03-03": 20_000.0, "2025-03-09 12:00": 30_000.0},
        "price_close/BTC/binance": {"2025-03-02 23:00": 20.0},
        "price_close/BTC/okx": {"2025-03-09 11:00": 25.0},
    }
    found = measured(tmp_path, rows, said=Said({"price_close": 1}))
    expected = "price_close: no venue has a price at both moments of the open interest"
    assert found.gap("BTC.open_interest_position_effect_usd") == expected


@given(before=Amount, after=Amount, opening=Amount, closing=Amount)
def test_the_parts_make_the_change_where_the_venue_counts_coins(
    tmp_path_factory: pytest.TempPathFactory, before: float, after: float, opening: float, closing: float
) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": opening, "2025-03-10": closing},
        "open_interest_coins/BTC": {"2025-03-03": before, "2025-03-10": after},
    }
    found = parts(measured(tmp_path_factory.mktemp("counted"), rows))
    scale = max(abs(part) for part in (*found, opening, closing))
    assert sum(found) == pytest.approx(closing - opening, abs=1e-9 * scale)


@given(coins=Amount, opening=Amount, closing=Amount)
def test_constant_coins_have_no_effect_of_positions_whatever_the_price(
    tmp_path_factory: pytest.TempPathFactory, coins: float, opening: float, closing: float
) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": opening, "2025-03-10": closing},
        "open_interest_coins/BTC": {"2025-03-03": coins, "2025-03-10": coins},
    }
    position, price, cross = parts(measured(tmp_path_factory.mktemp("constant"), rows))
    assert (position, cross) == (0.0, 0.0)
    assert price == pytest.approx(closing - opening, abs=1e-9 * max(opening, closing))


@given(price=st.sampled_from([0.25, 2.0, 64.0, 65_536.0]), coins=st.tuples(Amount, Amount))
def test_a_constant_price_has_no_effect_of_price_whatever_the_coins(
    tmp_path_factory: pytest.TempPathFactory, price: float, coins: tuple[float, float]
) -> None:
    rows = {
        "open_interest/BTC": {"2025-03-03": price * coins[0], "2025-03-10": price * coins[1]},
        "open_interest_coins/BTC": {"2025-03-03": coins[0], "2025-03-10": coins[1]},
    }
    position, by_price, cross = parts(measured(tmp_path_factory.mktemp("flat"), rows))
    assert (by_price, cross) == (0.0, 0.0)
    assert position == pytest.approx(price * (coins[1] - coins[0]), abs=1e-9 * price * max(coins))


# ---- price against positions -----------------------------------------------------------------------------------------


def moved(folder: Path, price: float, coins: float) -> Found:
    """A week over which price and coins changed by these fractions, from 100 dollars and 1000 coins."""
    after, held = 100.0 * (1 + price), 1000.0 * (1 + coins)
    rows = {
        "open_interest/BTC": {"2025-03-03": 100_000.0, "2025-03-10": after * held},
        "open_interest_coins/BTC": {"2025-03-03": 1000.0, "2025-03-10": held},
    }
    return measured(folder, rows)


@pytest.mark.parametrize(
    ("price", "coins", "expected"),
    [
        (0.05, 0.05, 1),
        (-0.05, 0.05, 2),
        (0.05, -0.05, 3),
        (-0.05, -0.05, 4),
        (0.0099, 0.5, 0),
        (-0.0099, 0.5, 0),
        (0.5, 0.0199, 0),
        (0.5, -0.0199, 0),
        (0.0101, 0.0201, 1),
        (-0.0101, -0.0201, 4),
    ],
)
def test_price_and_coins_have_four_quadrants_and_a_middle(
    tmp_path: Path, price: float, coins: float, expected: int
) -> None:
    found = moved(tmp_path, price, coins).fact("BTC.price_positions_quadrant")
    assert (found.value, found.unit) == (expected, Unit.COUNT)


def test_dollars_that_rise_with_the_price_alone_are_no_new_positions(tmp_path: Path) -> None:
    found = moved(tmp_path, 0.2, -0.05)
    assert found["BTC.open_interest_usd"] == pytest.approx(114_000.0)  # 14 % more dollars, 5 % fewer coins
    assert found["BTC.price_positions_quadrant"] == 3


def test_without_positions_at_the_start_there_is_no_quadrant(tmp_path: Path) -> None:
    rows = {**ROWS, "open_interest/BTC": {"2025-03-03": 0.0, "2025-03-10": 30_000.0}}
    expected = "open_interest: no positions at the start of the week"
    assert measured(tmp_path, rows).gap("BTC.price_positions_quadrant") == expected


# ---- against market capitalisation -----------------------------------------------------------------------------------


def test_open_interest_is_set_against_the_capitalisation_of_the_same_instant(tmp_path: Path) -> None:
    rows: Rows = {
        "open_interest/BTC": {"2025-03-10": 30.0},
        "market_cap/BTC/coingecko": {"2025-03-09": 1.0, "2025-03-10": 1500.0, "2025-03-11": 1.0},
    }
    found = measured(tmp_path, rows).fact("BTC.open_interest_to_market_cap")
    assert (found.value, found.unit) == (0.02, Unit.FRACTION)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({}, "market_cap: no source has it for BTC"),
        ({"market_cap/BTC": {"2025-03-09 12:00": 1500.0}},
         "market_cap: none at 2025-03-10 00:00, the moment of the open interest"),
        ({"market_cap/BTC": {"2025-03-10": 0.0}}, "market_cap: not positive at the end of the week"),
    ],
)  # fmt: skip
def test_without_the_capitalisation_of_that_instant_there_is_no_part(tmp_path: Path, rows: Rows, reason: str) -> None:
    found = measured(tmp_path, {**rows, "open_interest/BTC": {"2025-03-10": 30.0}})
    assert found.gap("BTC.open_interest_to_market_cap") == reason


# ---- recorded pairs --------------------------------------------------------------------------------------------------


def recorded_pairs(real_data: Path) -> Iterator[tuple[float, float, tuple[float, float]]]:
    """Dollars and coins of one instant as venues sent them, and the lowest and highest spot price of that time."""
    okx = live.recorded(real_data, "exchange_samples/okx__open_interest_recorded")["data"][0]
    yield float(okx["oiUsd"]), float(okx["oiCcy"]), spot(real_data, "2024-10-12")
    binance = live.recorded(real_data, "exchange_samples/binance__data_endpoints_samples")["openInterestHist"][0]
    yield float(binance["sumOpenInterestValue"]), float(binance["sumOpenInterest"]), spot(real_data, "2022-01-14")
    now = live.recorded(real_data, "coinglass_v4_recorded/api_spot_price_history_BTC")["data"][-1]["close"]
    listed = live.recorded(real_data, "coinglass_v4_recorded/api_futures_openInterest_exchange_list_BTC")["data"]
    for row in listed:
        if row["exchange"] in ("All", "CME", "Binance", "Bybit", "OKX", "Gate", "Hyperliquid"):
            yield row["open_interest_usd"], row["open_interest_quantity"], (now, now)


def spot(real_data: Path, day: str) -> tuple[float, float]:
    with (real_data / "data" / "price_daily.csv").open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if (row["date"], row["asset"]) == (day, "BTC"))
    return float(row["low"]), float(row["high"])


def test_recorded_dollars_over_recorded_coins_are_the_spot_price(tmp_path: Path, real_data: Path) -> None:
    pairs = list(recorded_pairs(real_data))
    assert len(pairs) == 9
    for dollars, coins, (low, high) in pairs:
        rows = {"open_interest/BTC/one": {"2025-03-10": dollars}, "open_interest_coins/BTC/one": {"2025-03-10": coins}}
        found = measured(tmp_path, rows)
        implied = float(str(found["BTC.open_interest_usd"])) / float(str(found["BTC.open_interest_coins"]))
        assert low * 0.995 <= implied <= high * 1.005
        assert found["BTC.open_interest_coins"] == pytest.approx(coins)
