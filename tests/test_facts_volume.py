"""Turnover, spot and perpetual."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Rows, days, measured, setting

ROWS: Rows = {
    "spot_volume/BTC": days("2025-03-03", 1.0, 2.0, 3.0, 4.0, 5.0, 3.0, 2.0),  # 20
    "perp_volume/BTC": days("2025-03-03", 20.0, 10.0, 10.0, 10.0, 30.0, 15.0, 5.0),  # 100
    "spot_volume/ETH": days("2025-03-03", *[1.0] * 6, 4.0),  # 10
    "perp_volume/ETH": days("2025-03-03", *[2.0] * 6, 8.0),  # 20
}
BOTH = setting(["BTC", "ETH"])


def test_turnover_is_the_sum_of_seven_days(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS, BOTH)
    assert (found["BTC.spot_volume_usd"], found["BTC.perp_volume_usd"]) == (20.0, 100.0)
    assert (found["market.spot_volume_usd"], found["market.perp_volume_usd"]) == (30.0, 120.0)


def test_the_ratio_is_perpetual_over_spot(tmp_path: Path) -> None:
    found = measured(tmp_path, ROWS, BOTH)
    assert (found["BTC.perp_to_spot_volume"], found["market.perp_to_spot_volume"]) == (5.0, 4.0)


@pytest.mark.parametrize("name", ["spot_volume", "perp_volume"])
def test_a_missing_day_leaves_a_total_and_the_ratio_out(tmp_path: Path, name: str) -> None:
    rows = {**ROWS, f"{name}/BTC": days("2025-03-03", *[1.0] * 6)}
    found = measured(tmp_path, rows)
    assert found.gap(f"BTC.{name}_usd") == f"{name}: 6 of 7 expected rows between 2025-03-03 and 2025-03-09"
    assert found.gap("BTC.perp_to_spot_volume").startswith(f"{name}: 6 of 7")


def test_without_spot_turnover_there_is_no_ratio(tmp_path: Path) -> None:
    found = measured(tmp_path, {**ROWS, "spot_volume/BTC": days("2025-03-03", *[0.0] * 7)})
    assert found["BTC.spot_volume_usd"] == 0.0
    assert found.gap("BTC.perp_to_spot_volume") == "spot_volume: nothing was traded"


def test_perpetuals_of_two_assets_are_not_set_against_spot_of_one(tmp_path: Path) -> None:
    rows = {name: values for name, values in ROWS.items() if name != "spot_volume/ETH"}
    found = measured(tmp_path, rows, BOTH)
    assert found["market.spot_volume_usd"] == 20.0
    assert found.gap("market.perp_to_spot_volume") == "spot_volume: no source has it for ETH"
