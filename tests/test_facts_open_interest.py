"""Open interest at the edges of the week, in dollars and coins, and what moved it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.model import Unit
from tests.desk import Rows, days, measured, setting

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
