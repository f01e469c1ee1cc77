"""Liquidation levels: the estimate and a provider's list, worked out by hand; what holds for any week."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.facts import level_grid, levels, measure_frame, measures
from reporter.facts.levels import BAND, FIRST, LAST, MAINTENANCE, TIERS, Levels, Opened
from reporter.facts.reader import Missing
from reporter.history import Floats, History
from reporter.model import Level, Payload, Request
from tests.desk import ALWAYS, FETCHED, WEEK, Found, Rows, Said, days, every, measured, say, setting, store

HOURS = 168
NONE = "liquidation levels: no venue has open interest and prices for nearly every hour of the week"


# ---- the estimate as a function --------------------------------------------------------------------------------------


def hours(dollars: list[float], price: list[float]) -> Opened:
    prices = np.array(price)
    return Opened(np.arange(len(price)), np.array(dollars), prices, prices, prices)


def standing(found: Levels) -> dict[float, float]:
    """The dollars left at each price."""
    there = found.passed == found.hours
    return {round(float(p), 6): float(s) for p, s in zip(found.price[there], found.size[there], strict=True)}


def test_the_mix_is_a_whole_and_stands_in_the_definition() -> None:
    assert math.fsum(TIERS.values()) == pytest.approx(1.0)
    (text,) = (one.definition for one in measures() if one.name == "liquidation_cluster_below_usd")
    assert [f"{part:.0%}" for part in TIERS.values()] == ["20%", "30%", "30%", "15%", "5%"]
    assert (
        "20% of them with fivefold leverage, 30% with tenfold, 30% with 25-fold, 15% with 50-fold and 5% with 100-fold"
        in text
    )
    assert (f"{MAINTENANCE:.1%}", BAND, (FIRST, LAST)) == ("0.5%", 0.005, (-25, 22)) and "margin of 0.5% of" in text


def test_an_opening_places_as_much_below_as_above_by_leverage() -> None:
    # 1,000 dollars at 100: for 5x a long at 100 x (1 - 0.2 + 0.005) = 80.5 and a short at 119.5, each 1000 x 0.2 / 2.
    found = standing(levels.levels(hours([1000.0, 0.0], [100.0, 100.0])))
    assert found == pytest.approx(
        {80.5: 100, 119.5: 100, 90.5: 150, 109.5: 150, 96.5: 150, 103.5: 150, 98.5: 75, 101.5: 75, 99.5: 25, 100.5: 25}
    )


def test_a_level_that_the_price_has_passed_is_taken_out_and_one_it_only_neared_is_not() -> None:
    # At 98 the longs of 99.5 and 98.5 are gone, at 101 later the short of 100.5; 96.5, 101.5 and all beyond stay.
    found = standing(levels.levels(hours([1000.0, 0.0, 0.0, 0.0], [100.0, 98.0, 101.0, 100.0])))
    assert sorted(found) == [80.5, 90.5, 96.5, 101.5, 103.5, 109.5, 119.5]
    touched = standing(levels.levels(hours([1000.0, 0.0], [100.0, 96.5])))
    assert 96.5 not in touched


def test_prices_before_an_opening_take_nothing_out() -> None:
    found = standing(levels.levels(hours([0.0, 1000.0], [50.0, 100.0])))
    assert len(found) == 2 * len(TIERS)


AMOUNTS = st.lists(st.tuples(st.floats(0, 1e9), st.floats(0.9, 1.1)), min_size=1, max_size=40)


def wandering(steps: list[tuple[float, float]]) -> Opened:
    price = 100 * np.cumprod([step for _, step in steps])
    return hours([amount for amount, _ in steps], list(price))


@given(AMOUNTS)
def test_no_level_is_left_between_the_lows_and_highs_since_it_was_opened(steps: list[tuple[float, float]]) -> None:
    week = wandering(steps)
    found = levels.levels(week)
    for price, opened, passed in zip(found.price, found.opened, found.passed, strict=True):
        if passed == found.hours:
            assert not week.low[opened:].min() <= price <= week.high[opened:].max()


@given(AMOUNTS)
def test_what_was_placed_is_what_was_opened_and_is_taken_out_or_left(steps: list[tuple[float, float]]) -> None:
    week = wandering(steps)
    found = levels.levels(week)
    left = found.passed == found.hours
    assert math.fsum(found.size) == pytest.approx(math.fsum(week.dollars))
    assert math.fsum(found.size[left]) + math.fsum(found.size[~left]) == pytest.approx(math.fsum(week.dollars))


@given(AMOUNTS)
def test_without_growth_there_are_no_levels(steps: list[tuple[float, float]]) -> None:
    assert len(levels.levels(wandering([(0.0, step) for _, step in steps])).price) == 0


# ---- bands and clusters ----------------------------------------------------------------------------------------------


def weights(**at: float) -> Floats:
    size = np.zeros(LAST - FIRST)
    for name, weight in at.items():
        size[int(name.replace("m", "-").replace("p", "")) - FIRST] = weight
    return size


@given(st.floats(1e-6, 1e6), st.floats(0.5, 2.0))
def test_a_band_holds_its_prices_and_no_band_lies_on_both_sides_of_the_close(close: float, ratio: float) -> None:
    number = int(levels.band(np.array([close * ratio]), close)[0])
    assert number * math.log1p(BAND) - 1e-9 <= math.log(ratio) <= (number + 1) * math.log1p(BAND) + 1e-9
    assert (levels.price_of((close, number)) < close) == (number < 0)


def test_what_lies_beyond_twelve_per_cent_is_in_no_band() -> None:
    size = levels.summed(np.array([88.5, 87.5, 111.5, 112.5]), np.array([1.0, 10.0, 2.0, 20.0]), 100.0)
    assert (size.sum(), size[0], size[-1]) == (3.0, 1.0, 2.0)


def test_of_equals_the_nearest_band_is_the_strongest() -> None:
    size = weights(m20=5.0, m4=5.0, m9=4.0, p3=5.0, p7=1.0)
    assert levels.strongest(size, range(-1, FIRST - 1, -1), "below") == -4
    assert levels.strongest(size, range(LAST), "above") == 3


def test_a_band_that_does_not_stand_out_of_both_sides_is_no_cluster() -> None:
    # 47 bands: the ninety-fifth percentile lies between the third and the fourth strongest.
    size = weights(m20=9.0, m4=8.0, m9=7.0, m2=6.0, p3=6.5)
    with pytest.raises(Missing, match="none stand out above the price"):
        levels.strongest(size, range(LAST), "above")
    assert levels.strongest(weights(m20=9.0, m4=8.0, p3=6.5), range(LAST), "above") == 3
    with pytest.raises(Missing, match="none stand out below the price"):
        levels.strongest(weights(p3=1.0), range(-1, FIRST - 1, -1), "below")


# ---- the estimate of a week ------------------------------------------------------------------------------------------


def hourly(interest: list[float], price: list[float], venue: str = "binance") -> dict[str, Mapping[str, float]]:
    """Open interest at each of 169 moments; prices with which 169 hours end, the first of them as the week begins."""
    return {
        f"open_interest/BTC/{venue}": every(1, "2025-03-03", *interest),
        f"perp_close_hourly/BTC/{venue}": every(1, "2025-03-02 23:00", *price),
    }


SAID = Said({"open_interest": 1})
FLAT = [100.0] * (HOURS + 1)
CLOSE: Rows = {"price_close/BTC/spot": days("2025-03-03", *[100.0] * 7)}
# 1,000 more dollars in the fifth hour, at a price of 100: five levels on either side.
OPENED: Rows = {**hourly([5000.0] * 5 + [6000.0] * (HOURS - 4), FLAT), **CLOSE}


def test_the_nearest_of_the_strongest_bands_is_the_cluster_and_its_distance_is_measured_from_the_close(
    tmp_path: Path,
) -> None:
    # Longs at 96.5 (25x) and 90.5 (10x) are the strongest, 150 dollars each, and the first is nearer. It lies in the
    # band from 1.005^-8 to 1.005^-7 of the close: 96.09 to 96.57, its middle 1.005^-7.5 = 0.96329. Shorts at 103.5 lie
    # between 1.005^6 = 103.04 and 1.005^7 = 103.55, with a middle of 1.005^6.5 = 1.03295.
    found = measured(tmp_path, {**OPENED, "dvol/BTC": days("2025-03-03", *[50.0] * 7)}, said=SAID)
    assert found["BTC.liquidation_cluster_below_usd"] == pytest.approx(100 * 1.005**-7.5)
    assert found["BTC.liquidation_cluster_above_usd"] == pytest.approx(100 * 1.005**6.5)
    assert found["BTC.liquidation_cluster_below_distance"] == pytest.approx(1 - 1.005**-7.5)
    assert found["BTC.liquidation_cluster_above_distance"] == pytest.approx(1.005**6.5 - 1)
    # A week of 50 points is 0.5 x sqrt(7 / 365) = 0.069243: 7.5 x ln 1.005 over it is 0.54022.
    assert found["BTC.liquidation_cluster_below_sigmas"] == pytest.approx(0.54022, abs=1e-5)
    assert found["BTC.liquidation_cluster_above_sigmas"] == pytest.approx(6.5 * math.log(1.005) / 0.069243, abs=1e-4)
    assert found["BTC.liquidation_levels_estimated"] == 1.0
    used = {one.series.rpartition("/")[0]: one.rows for one in found.fact("BTC.liquidation_cluster_below_usd").inputs}
    assert used == {"price_close/BTC/spot": 1, "open_interest/BTC/binance": 169, "perp_close_hourly/BTC/binance": 169}


def test_without_implied_volatility_a_distance_has_no_standard_deviations(tmp_path: Path) -> None:
    found = measured(tmp_path, OPENED, said=SAID)
    assert found.gap("BTC.liquidation_cluster_below_sigmas") == "dvol: no source has it for BTC"
    assert "BTC.liquidation_cluster_below_usd" in found


def test_growth_in_dollars_that_is_only_price_opens_nothing(tmp_path: Path) -> None:
    price = [100.0 + hour / 10 for hour in range(HOURS + 1)]
    rows = {**hourly([50 * each for each in price], price), "price_close/BTC": days("2025-03-03", *[116.8] * 7)}
    found = measured(tmp_path, rows, said=SAID)
    assert found.gap("BTC.liquidation_cluster_below_usd") == "liquidation levels: none stand out below the price"


def test_the_weeks_close_passes_levels_too(tmp_path: Path) -> None:
    # Spot closed at 96.4: the long at 96.5 is gone, though no hour of the perpetual went there; 90.5 is next.
    rows = {**OPENED, "price_close/BTC/spot": days("2025-03-03", *[100.0] * 6, 96.4)}
    found = measured(tmp_path, rows, said=SAID)
    assert found["BTC.liquidation_cluster_below_usd"] == pytest.approx(90.5, rel=BAND)
    assert found["BTC.liquidation_cluster_above_usd"] == pytest.approx(103.5, rel=BAND)  # and not a long's 96.5


def test_daily_open_interest_and_weeks_with_holes_yield_no_estimate(tmp_path: Path) -> None:
    assert measured(tmp_path, OPENED).gap("BTC.liquidation_levels_estimated") == NONE  # a series said to be daily
    for gone in ([*range(60, 69)], [HOURS]):  # nine hours of 169 are more than one in twenty; the last one is needed
        short = {
            name: {at: v for number, (at, v) in enumerate(rows.items()) if "hourly" in name or number not in gone}
            for name, rows in OPENED.items()
        }
        assert measured(tmp_path, {**short, **CLOSE}, said=SAID).gap("BTC.liquidation_levels_estimated") == NONE
    eight = {name: dict(list(rows.items())[:60] + list(rows.items())[68:]) for name, rows in OPENED.items()}
    assert "BTC.liquidation_cluster_below_usd" in measured(tmp_path, {**eight, **CLOSE}, said=SAID)


def test_open_interest_and_prices_are_of_one_venue(tmp_path: Path) -> None:
    here, there = OPENED["open_interest/BTC/binance"], OPENED["perp_close_hourly/BTC/binance"]
    rows = {"open_interest/BTC/binance": here, "perp_close_hourly/BTC/okx": there, **CLOSE}
    assert measured(tmp_path, rows, said=SAID).gap("BTC.liquidation_levels_estimated") == NONE
    both = {**rows, "open_interest/BTC/okx": here}
    used = measured(tmp_path, both, said=SAID).fact("BTC.liquidation_levels_estimated").inputs
    assert {one.series.split("/")[2] for one in used} == {"spot", "okx"}


def test_hours_that_became_known_after_the_cut_are_not_used(tmp_path: Path) -> None:
    history = store(tmp_path, CLOSE, SAID)
    hours_late = {f"{name}/late": rows for name, rows in OPENED.items() if name not in CLOSE}
    say(history, hours_late, Said({"open_interest": 1}, delay=20.0))  # the week's last hours come after its cut, at 14
    found = Found(measure_frame(history, setting(sources=("test", "late")), WEEK, ALWAYS))
    assert found.gap("BTC.liquidation_levels_estimated") == NONE


# ---- a provider's list -----------------------------------------------------------------------------------------------

MONDAY = datetime(2025, 3, 10, tzinfo=UTC)
LISTED = (  # price, size: at the week's end, an hour later, and in the week itself
    (MONDAY, 95.0, 7.0),
    (MONDAY, 95.1, 3.0),
    (MONDAY, 98.0, 8.0),
    (MONDAY, 104.0, 2.0),
    (MONDAY + timedelta(hours=1), 91.0, 90.0),
    (MONDAY - timedelta(days=2), 95.0, 5.0),
    (MONDAY - timedelta(days=1), 95.0, 7.0),
    (MONDAY - timedelta(days=1), 106.0, 4.0),
)


def with_list(folder: Path, rows: Rows) -> History:
    """A store with a list of the Monday after the week, and another one of the next day."""
    history = store(folder, rows, SAID)
    tuesday = ((MONDAY + timedelta(days=1), 93.0, 9.0), (MONDAY - timedelta(days=1), 93.0, 9.0))
    for number, listed in enumerate((LISTED, tuesday)):
        body, fetched = str(listed).encode(), FETCHED + timedelta(days=number)
        digest = hashlib.sha256(body).hexdigest()
        payload = Payload(digest, Request("atlas", "heatmap/BTC", "test:map"), fetched, 200, "application/json", body)
        found = [Level(at, "BTC", "all", price, size, digest) for at, price, size in listed]
        history.add(payload, "test", (), (), "live", found)
    return history


def of_list(folder: Path, rows: Rows) -> Found:
    return Found(measure_frame(with_list(folder, rows), setting(sources=("test", "atlas")), WEEK, ALWAYS))


def test_a_providers_model_comes_before_the_estimate(tmp_path: Path) -> None:
    # 95.0 and 95.1 share the band from 1.005^-11 to 1.005^-10, 94.66 to 95.14, and outweigh 98 together.
    found = of_list(tmp_path, OPENED)
    assert found["BTC.liquidation_levels_estimated"] == 0.0
    assert found["BTC.liquidation_cluster_below_usd"] == pytest.approx(100 * 1.005**-10.5)
    assert found["BTC.liquidation_cluster_above_usd"] == pytest.approx(104.0, rel=BAND)
    used = {one.series for one in found.fact("BTC.liquidation_cluster_below_usd").inputs}
    assert used == {"price_close/BTC/spot/test", "liquidation_levels/BTC/all/atlas"}


def test_a_map_that_shows_its_levels_at_every_moment_is_read_at_one(tmp_path: Path) -> None:
    # An hour after the week's end 91 is the strongest by far: added up over moments it would win.
    assert of_list(tmp_path, CLOSE)["BTC.liquidation_cluster_below_usd"] != pytest.approx(91.0, rel=BAND)


# ---- the grid of the chart -------------------------------------------------------------------------------------------


def test_the_grid_s_last_column_is_what_the_facts_are_measured_on(tmp_path: Path) -> None:
    history = store(tmp_path, OPENED, SAID)
    grid = level_grid(history, setting(), WEEK, ALWAYS)
    assert grid is not None and grid.is_estimate and (grid.asset, grid.end) == ("BTC", WEEK.end)
    assert (grid.starts[0], len(grid.starts), len(grid.path)) == (WEEK.start, HOURS, HOURS)
    assert len(grid.sizes) == len(grid.edges) - 1 == LAST - FIRST
    last = {round(edge): row[-1] for edge, row in zip(grid.edges, grid.sizes, strict=False) if row[-1]}
    # 25 dollars at 99.5 and 100.5, 75 at 98.5 and 101.5, 150 at 96.5, 103.5, 90.5 and 109.5: lower edges of bands.
    some, half = pytest.approx(25 / 150), pytest.approx(75 / 150)
    assert last == {90: 1.0, 96: 1.0, 98: half, 99: some, 100: some, 101: half, 103: 1.0, 109: 1.0}
    assert all(sum(column) == 0 for column in list(zip(*grid.sizes, strict=True))[:4])  # nothing before it was opened


def test_a_level_stands_in_the_grid_until_the_hour_that_passed_it(tmp_path: Path) -> None:
    price = [*FLAT[:50], 96.0, *FLAT[51:]]
    history = store(tmp_path, {**hourly([5000.0] * 5 + [6000.0 * p / 100 for p in price[5:]], price), **CLOSE}, SAID)
    grid = level_grid(history, setting(), WEEK, ALWAYS)
    assert grid is not None
    row = next(row for edge, row in zip(grid.edges, grid.sizes, strict=False) if round(edge, 2) == 96.09)
    # The price of place 50 ends the fiftieth hour, which is column 49.
    assert [column for column, size in enumerate(row) if size > 1e-9] == [*range(4, 49)]


def test_a_list_s_grid_has_the_moments_of_the_week_and_its_last_path(tmp_path: Path) -> None:
    history = with_list(tmp_path, OPENED)
    grid = level_grid(history, setting(sources=("test", "atlas")), WEEK, ALWAYS)
    assert grid is not None and not grid.is_estimate
    assert grid.starts == (MONDAY - timedelta(days=2), MONDAY - timedelta(days=1))
    sizes = {round(edge, 1): row for edge, row in zip(grid.edges, grid.sizes, strict=False) if any(row)}
    assert sizes == {94.7: (5 / 7, 1.0), 105.6: (0.0, 4 / 7)}
    assert len(grid.path) == HOURS + 1


def test_without_levels_there_is_no_grid(tmp_path: Path) -> None:
    assert level_grid(store(tmp_path, CLOSE, SAID), setting(), WEEK, ALWAYS) is None
    assert level_grid(store(tmp_path, {**hourly([5000.0] * 169, FLAT), **CLOSE}, SAID), setting(), WEEK, ALWAYS) is None
    assert level_grid(store(tmp_path, {}, SAID), setting(), WEEK, ALWAYS) is None


def test_a_week_after_the_last_hours_has_no_grid(tmp_path: Path) -> None:
    grid = level_grid(store(tmp_path, OPENED, SAID), setting(), WEEK.shifted(1), ALWAYS)
    assert grid is None
