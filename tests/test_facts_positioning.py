"""Accounts, the price of puts against calls, the mood."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import days, every, measured, setting


def test_the_account_ratio_is_the_last_one_before_the_end(tmp_path: Path) -> None:
    rows = {"long_short_ratio/BTC": {**every(12, "2025-03-09", 1.5, 1.7), "2025-03-10": 9.0}}
    assert measured(tmp_path, rows)["BTC.long_short_ratio"] == 1.7


def test_an_account_ratio_of_saturday_is_too_old(tmp_path: Path) -> None:
    rows = {"long_short_ratio/BTC": {"2025-03-08 23:59": 1.5}}
    assert (
        measured(tmp_path, rows).gap("BTC.long_short_ratio") == "long_short_ratio: no value on the last day of the week"
    )


def test_the_skew_is_sunday_s_and_keeps_its_sign(tmp_path: Path) -> None:
    assert measured(tmp_path, {"skew_25d/BTC": days("2025-03-08", -3.0, -4.5, -9.0)})["BTC.skew_25d"] == -4.5


def test_fear_and_greed_is_the_market_s_alone(tmp_path: Path) -> None:
    found = measured(
        tmp_path, {"fear_greed/market": days("2025-03-03", 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 99.0)}
    )
    assert found["market.fear_greed"] == 26.0
    assert "BTC.fear_greed" not in found


def test_the_mood_of_saturday_is_not_sunday_s(tmp_path: Path) -> None:
    found = measured(tmp_path, {"fear_greed/market": days("2025-03-03", *[20.0] * 6)})
    assert found.gap("market.fear_greed") == "fear_greed: no value for the last interval of the week"


def test_a_mood_filed_under_an_asset_is_not_the_market_s(tmp_path: Path) -> None:
    found = measured(tmp_path, {"fear_greed/BTC": days("2025-03-03", *[20.0] * 7)}, setting(["BTC"]))
    assert found.gap("market.fear_greed") == "fear_greed: no source has it for market"


@pytest.mark.parametrize("name", ["skew_25d", "dvol"])
def test_options_without_a_value_of_sunday_are_a_gap(tmp_path: Path, name: str) -> None:
    assert measured(tmp_path, {f"{name}/BTC": days("2025-03-03", *[4.0] * 6)}).gap(f"BTC.{name}").startswith(name)
