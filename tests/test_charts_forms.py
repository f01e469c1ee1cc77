from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from reporter import units
from reporter.charts import days
from reporter.charts.etf_flows import weekly
from reporter.charts.scene import Scene
from reporter.charts.totals import over_assets
from reporter.model import Period, Point, Unit
from tests.test_charts_draw import (
    DAY,
    START,
    WEEK,
    Tracks,
    Values,
    a_stormy_week,
    draw,
    every,
    fact,
    scene,
    sessions,
    track,
)

# ---- liquidations ----------------------------------------------------------------------------------------------------


def flat(longs: Values, shorts: Values, **more: list[Point]) -> Tracks:
    found = {"liquidations_long": every(longs, 92), "liquidations_short": every(shorts, 92), **more}
    return {("BTC", name): track("BTC", name, points) for name, points in found.items()}


def test_the_text_of_liquidations_says_what_the_bars_show() -> None:
    # Day 86 of the thirteen weeks is Wednesday, February 11; the week is days 84 to 90.
    tracks = flat(lambda i: 9.5e8 if i == 86 else 1e8, lambda i: 5e7, price_close=every(lambda i: 70_000.0 - 10 * i))
    total = 6 * 1e8 + 9.5e8 + 7 * 5e7  # 1.9 billion
    chart = draw(tracks, fact("market", "liquidations_usd", total, Unit.USD))["liquidations"]
    assert chart.alt == (
        "Bars for each UTC day from January 19 to February 15, 2026: liquidated shorts above the zero line and "
        "liquidated longs below it of BTC. The largest day is February 11 with $1.0 billion, $950 million of it longs "
        "and $50 million shorts; the shaded week adds up to $1.9 billion. A line above them is the BTC price at each "
        "day's close, between $69,100 (February 15, the last value) and $69,380 (January 18)."
    )
    assert chart.title == "Liquidations of BTC by day, in US dollars, with the BTC price"
    assert chart.facts == ("market.liquidations_usd",)


def test_a_total_that_the_note_states_otherwise_is_not_in_the_text() -> None:
    tracks = flat(lambda i: 1e8, lambda i: 5e7)
    assert "adds up" in draw(tracks, fact("market", "liquidations_usd", 1.05e9, Unit.USD))["liquidations"].alt
    assert "adds up" not in draw(tracks, fact("market", "liquidations_usd", 2e9, Unit.USD))["liquidations"].alt


def test_a_bar_at_the_end_of_the_week_belongs_to_the_next() -> None:
    # Day 91 begins where the week ends: 9 billion there must not show anywhere.
    chart = draw(flat(lambda i: 9e9 if i == 91 else 1e8, lambda i: 5e7))["liquidations"]
    assert "billion" not in chart.alt and "to February 15, 2026" in chart.alt


def test_bars_finer_than_a_day_are_summed_by_utc_day() -> None:
    four_hours = timedelta(hours=4)
    tracks = {
        ("BTC", name): track("BTC", name, every(lambda i: 1e6, 91 * 6, four_hours))
        for name in ("liquidations_long", "liquidations_short")
    }
    totals = over_assets(scene(tracks), ("liquidations_long", "liquidations_short"), Period(START, WEEK.end))
    assert totals is not None
    assert set(totals.sums["liquidations_long"].values()) == {6e6}
    assert len(totals.sums["liquidations_long"]) == 91


def test_assets_measured_at_other_venues_are_not_added() -> None:
    tracks = a_stormy_week()
    for name in ("liquidations_long", "liquidations_short"):
        tracks["ETH", name] = track("ETH", name, list(tracks["ETH", name].points), venue="binance")
    assert draw(tracks)["liquidations"].title.startswith("Liquidations of BTC by day")


def test_a_day_that_one_asset_lacks_is_not_summed() -> None:
    tracks = a_stormy_week()
    key = ("ETH", "etf_flow")
    tracks[key] = track(*key, [point for point in tracks[key].points if point.at.date() != date(2026, 2, 11)])
    totals = over_assets(scene(tracks), ("etf_flow",), Period(START, WEEK.end))
    assert totals is not None
    assert totals.assets == ("BTC", "ETH") and date(2026, 2, 11) not in totals.sums["etf_flow"]


def test_an_asset_with_few_days_does_not_cost_the_others_theirs() -> None:
    tracks = a_stormy_week()
    for name in ("liquidations_long", "liquidations_short"):
        tracks["ETH", name] = track("ETH", name, list(tracks["ETH", name].points[-3:]))
    assert "of BTC by day" in draw(tracks)["liquidations"].title


def test_a_week_with_most_days_unknown_has_no_bars() -> None:
    known = [point for point in every(lambda i: 1e8) if point.at < WEEK.start + 4 * DAY]
    tracks = {("BTC", name): track("BTC", name, known) for name in ("liquidations_long", "liquidations_short")}
    assert draw(tracks) == {}


# ---- open interest ---------------------------------------------------------------------------------------------------


def test_open_interest_is_read_at_the_very_end_of_the_week_and_turned_into_coins_by_the_close_of_that_moment() -> None:
    # The close of day i holds at the start of day i + 1. 30 billion at 60,000 are 500,000 coins, at the end 450,000.
    tracks = {
        ("BTC", "open_interest"): track("BTC", "open_interest", every(lambda i: 2.7e10 if i == 91 else 3e10, 92)),
        ("BTC", "price_close"): track("BTC", "price_close", every(lambda i: 60_000.0, 92, start=START - DAY)),
    }
    assert draw(tracks)["open_interest"].alt == (
        "A line of BTC open interest in dollars, a value a day, from November 17, 2025 to February 16, 2026: between "
        "$27.0 billion (February 16, the last value) and $30.0 billion (February 15). A dashed line shows it in coins, "
        "between 450,000 (February 16, the last value) and 500,000 (February 15); both axes have the same proportions."
    )


def test_coins_as_reported_come_before_coins_by_price() -> None:
    tracks = a_stormy_week()
    tracks["BTC", "open_interest_coins"] = track("BTC", "open_interest_coins", every(lambda i: 400_000.0 + i, 92))
    chart = draw(tracks)["open_interest"]
    assert "between 400,000 (November 17) and 400,091 (February 16, the last value)" in chart.alt
    assert [each.series.split("/")[0] for each in chart.inputs] == ["open_interest", "open_interest_coins"]


def test_coins_of_another_venue_are_not_set_beside_the_dollars() -> None:
    tracks = a_stormy_week()
    points = every(lambda i: 1_000.0, 92)
    tracks["BTC", "open_interest_coins"] = track("BTC", "open_interest_coins", points, venue="okx")
    assert "1,000" not in draw(tracks)["open_interest"].alt


def test_coins_that_the_note_states_otherwise_are_not_drawn() -> None:
    other = fact("BTC", "open_interest_coins", 1.0, Unit.COIN)
    chart = draw(a_stormy_week(), other)["open_interest"]
    assert chart.title == "BTC open interest in US dollars" and "coins" not in chart.alt
    assert chart.facts == ()


def test_open_interest_alone_is_drawn_in_dollars() -> None:
    tracks = {("BTC", "open_interest"): a_stormy_week()["BTC", "open_interest"]}
    assert draw(tracks)["open_interest"].title == "BTC open interest in US dollars"


# ---- funding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 4, 8])
def test_funding_is_annualised_by_its_own_interval(hours: int) -> None:
    rate = 0.0001 * hours / 8
    points = every(lambda i: rate, 91 * 24 // hours, timedelta(hours=hours))
    chart = draw({("BTC", "funding"): track("BTC", "funding", points)})["funding"]
    # 0.01% every eight hours is 10.95% a year, printed half-up.
    assert chart.alt.endswith(": at 11.0% throughout.")


def test_the_mean_of_the_week_is_the_notes_own() -> None:
    told = fact("BTC", "funding_apr", 0.0512, Unit.APR)
    chart = draw(a_stormy_week(), told)["funding"]
    assert chart.alt.endswith(f"The mean of the shaded week is {units.text(told.value, told.unit)}.")
    assert chart.facts == ("BTC.funding_apr",)


# ---- flows -----------------------------------------------------------------------------------------------------------


def test_the_text_of_flows_gives_the_extremes_and_the_last_session() -> None:
    # January 5 is day 49, January 20 day 64, February 13 day 88.
    flows = sessions(lambda i: {64: -4.1e8, 88: 1e7, 80: 5.25e8}.get(i, 2e7))
    chart = draw({("BTC", "etf_flow"): track("BTC", "etf_flow", flows)})["etf_flows"]
    assert chart.alt == (
        "Bars for each trading session from January 5 to February 13, 2026: net flow into spot ETFs of BTC, inflows "
        "above the zero line and outflows below it. The largest inflow is $525 million (February 5), the largest "
        "outflow $410 million (January 20), and the last session $10 million (February 13)."
    )


def test_six_weeks_without_an_inflow_say_so() -> None:
    chart = draw({("BTC", "etf_flow"): track("BTC", "etf_flow", sessions(lambda i: -1e8 - i))})["etf_flows"]
    assert "No session has an inflow, the largest outflow $100 million (February 13)" in chart.alt


def test_a_weeks_sum_is_printed_only_where_it_is_whole_and_the_notes_own() -> None:
    def sums(here: Scene) -> Mapping[date, float]:
        totals = over_assets(here, ("etf_flow",), here.weeks(6))
        assert totals is not None
        return weekly(here, totals)

    def flows(lacking: date) -> Tracks:
        points = [point for point in sessions(lambda i: 1e8) if point.at.date() != lacking]
        return {("BTC", "etf_flow"): track("BTC", "etf_flow", points)}

    this, last = date(2026, 2, 9), date(2026, 2, 2)
    whole, holiday = flows(START.date()), flows(date(2026, 2, 11))
    assert sums(scene(whole)) == {date(2026, 1, 5) + timedelta(weeks=i): 5e8 for i in range(6)}
    assert this not in sums(scene(whole, fact("market", "etf_net_flow_usd", 4e8, Unit.USD)))
    assert last not in sums(scene(flows(date(2026, 2, 4))))
    assert this not in sums(scene(holiday))
    assert sums(scene(holiday, fact("market", "etf_net_flow_usd", 4e8, Unit.USD)))[this] == 4e8


# ---- options and volume ----------------------------------------------------------------------------------------------


def test_realised_volatility_is_that_of_thirty_daily_returns() -> None:
    # Returns of +1% and -1% in turn: sample deviation of thirty is 0.01 x sqrt(30 / 29); times sqrt(365), in per cent.
    closes = every(lambda i: 100.0 * math.exp(0.01 * (i % 2)))
    tracks = {
        ("BTC", "dvol"): track("BTC", "dvol", every(lambda i: 40.0 + i)),
        ("BTC", "price_close"): track("BTC", "price_close", closes),
    }
    expected = units.points(math.sqrt(30 / 29) * math.sqrt(365))
    chart = draw(tracks)["options"]
    assert chart.alt.endswith(f"realized over thirty days, at {expected} throughout.")
    assert "between 75.0 (December 22) and 130.0 (February 15, the last value)" in chart.alt
    told = fact("BTC", "realised_volatility", 80.0, Unit.POINTS)
    assert "realized" not in draw(tracks, told)["options"].alt + draw(tracks, told)["options"].title


def test_realised_volatility_needs_every_close() -> None:
    tracks = a_stormy_week()
    key = ("BTC", "price_close")
    tracks[key] = track(*key, [point for point in tracks[key].points if point.at.date() != date(2026, 2, 1)])
    # The days from February 1 on lack it among their thirty; the line ends on the day before.
    _, past = draw(tracks)["options"].alt.split("realized over thirty days")
    assert "January 31" in past and "February" not in past


def test_volume_is_the_ratio_of_the_weeks_sums() -> None:
    tracks = {
        ("BTC", "perp_volume"): track("BTC", "perp_volume", every(lambda i: 3e10 if i < 84 else 4.5e10)),
        ("BTC", "spot_volume"): track("BTC", "spot_volume", every(lambda i: 1e10)),
    }
    chart = draw(tracks)["volume"]
    assert "between 3.00 (February 2) and 4.50 (February 9, the last value)" in chart.alt
    assert "volume" not in draw(tracks, fact("BTC", "perp_to_spot_volume", 4.0, Unit.RATIO))
    cut = list(tracks["BTC", "spot_volume"].points[:-1])
    assert draw(tracks | {("BTC", "spot_volume"): track("BTC", "spot_volume", cut)}) == {}


def test_days_without_data_break_a_line() -> None:
    points = [point for point in every(float, 10) if point.at != START + 4 * DAY]
    assert [len(run) for run in days.runs(points)] == [4, 5]
