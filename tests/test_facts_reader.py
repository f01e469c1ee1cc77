"""What a Reader hands out: which venue and source speak, for which assets, as known when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reporter import clock
from reporter.facts import Setting
from reporter.facts.reader import Missing, Reader, View
from reporter.model import MARKET
from tests.desk import ALWAYS, FETCHED, USUAL, WEEK, Rows, Said, days, every, measured, say, setting, store

VOLUME = "spot_volume"
SEVEN = days("2025-03-03", *[1.0] * 7)
SIX = days("2025-03-03", *[1.0] * 6)


def times(factor: float) -> dict[str, float]:
    return {at: factor * value for at, value in SEVEN.items()}


def reader(folder: Path, rows: Rows, how: Setting | None = None, subject: str = "BTC", said: Said = USUAL) -> Reader:
    return Reader(View(store(folder, rows, said), how or setting(), ALWAYS, None), WEEK, subject)


def venues(read: Reader) -> set[str]:
    return {window.series.venue for window in read.used}


# ---- venues and sources ----------------------------------------------------------------------------------------------


def test_all_venues_together_are_preferred_then_the_first_by_name(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx": times(1), "spot_volume/BTC/all": times(2), "spot_volume/BTC/aevo": times(3)}
    assert reader(tmp_path, rows).sum(VOLUME) == 14.0
    without = {name: values for name, values in rows.items() if not name.endswith("/all")}
    assert reader(tmp_path, without).sum(VOLUME) == 21.0


def test_the_order_of_the_config_outranks_it_and_leaves_other_venues_out(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx": times(1), "spot_volume/BTC/all": times(2), "spot_volume/BTC/binance": times(3)}
    assert reader(tmp_path, rows, setting(venues={VOLUME: ("okx", "binance")})).sum(VOLUME) == 7.0
    with pytest.raises(Missing, match="spot_volume: no source has it for BTC"):
        reader(tmp_path, rows, setting(venues={VOLUME: ("kraken",)})).sum(VOLUME)


def test_a_venue_that_has_too_little_gives_way_to_the_next(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx": SIX, "spot_volume/BTC/binance": times(3)}
    read = reader(tmp_path, rows, setting(venues={VOLUME: ("okx", "binance")}))
    assert (read.sum(VOLUME), venues(read)) == (21.0, {"binance"})


def test_where_none_has_enough_the_preferred_venue_says_why(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx": SIX, "spot_volume/BTC/binance": days("2025-03-03", 1.0)}
    with pytest.raises(Missing, match="6 of 7 expected rows"):
        reader(tmp_path, rows, setting(venues={VOLUME: ("okx", "binance")})).sum(VOLUME)


def test_a_closing_value_falls_back_too(tmp_path: Path) -> None:
    rows = {"price_close/BTC/all": SIX, "price_close/BTC/binance": times(3)}
    read = reader(tmp_path, rows)
    assert (read.last("price_close"), venues(read)) == (3.0, {"binance"})


def test_sources_speak_in_the_order_of_the_config(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/all/one": times(1), "spot_volume/BTC/all/two": times(2)}
    assert reader(tmp_path, rows, setting(sources=["two", "one"])).sum(VOLUME) == 14.0
    assert reader(tmp_path, rows, setting(sources=["one", "two"])).sum(VOLUME) == 7.0
    short = {**rows, "spot_volume/BTC/all/one": SIX}
    assert reader(tmp_path, short, setting(sources=["one", "two"])).sum(VOLUME) == 14.0


def test_where_no_source_has_enough_the_preferred_one_says_why(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/all/one": SIX, "spot_volume/BTC/all/two": days("2025-03-03", 1.0)}
    with pytest.raises(Missing, match="6 of 7 expected rows"):
        reader(tmp_path, rows, setting(sources=["one", "two"])).sum(VOLUME)


def test_a_source_that_the_config_no_longer_names_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no source has it"):
        reader(tmp_path, {"spot_volume/BTC/all/old": SEVEN}).sum(VOLUME)


# ---- the market ------------------------------------------------------------------------------------------------------

MANY = setting(["BTC", "ETH", "SOL"])


def test_a_total_of_the_market_is_of_one_venue(tmp_path: Path) -> None:
    rows = {
        "spot_volume/BTC/all": times(1),
        "spot_volume/BTC/binance": times(10),
        "spot_volume/ETH/binance": times(20),
    }
    read = reader(tmp_path, rows, MANY, MARKET)
    assert (read.sum(VOLUME), venues(read)) == (210.0, {"binance"})  # "all" has no ether


def test_no_venue_with_every_asset_is_no_total(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/all": times(1), "spot_volume/ETH/binance": times(20)}
    with pytest.raises(Missing, match="spot_volume: all has none for ETH"):
        reader(tmp_path, rows, MANY, MARKET).sum(VOLUME)


def test_a_venue_that_lacks_a_day_of_one_asset_gives_way(tmp_path: Path) -> None:
    rows = {
        "spot_volume/BTC/all": times(1),
        "spot_volume/ETH/all": SIX,
        "spot_volume/BTC/binance": times(10),
        "spot_volume/ETH/binance": times(20),
    }
    assert reader(tmp_path, rows, MANY, MARKET).sum(VOLUME) == 210.0


def test_an_asset_that_no_venue_has_is_not_waited_for(tmp_path: Path) -> None:
    rows = {f"spot_volume/{asset}": times(n) for n, asset in ((1, "BTC"), (2, "ETH"))}
    assert reader(tmp_path, rows, MANY, MARKET).sum(VOLUME) == 21.0


def test_a_series_that_begins_next_week_is_not_waited_for(tmp_path: Path) -> None:
    hourly = every(1, "2025-03-03", *[1.0] * 168)
    rows = {"spot_volume/BTC": hourly, "spot_volume/ETH": every(1, "2025-03-10", *[1.0] * 5)}
    assert reader(tmp_path, rows, MANY, MARKET, Said({VOLUME: 1})).sum(VOLUME) == 168.0


def test_an_instant_series_that_begins_at_the_end_of_the_week_is_waited_for(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": days("2025-03-03", *[1.0] * 8), "open_interest/ETH": days("2025-03-10", 5.0)}
    read = reader(tmp_path, rows, MANY, MARKET)
    assert read.at("open_interest", read.end) == 6.0
    with pytest.raises(Missing, match="no value at 2025-03-03 00:00"):
        read.at("open_interest", read.start)


def test_a_series_that_ended_long_ago_is_not_waited_for_and_one_that_just_broke_off_is(tmp_path: Path) -> None:
    # Forty days before March 3 is January 22.
    ended = {"spot_volume/BTC": SEVEN, "spot_volume/ETH": days("2025-01-14", *[1.0] * 8)}
    assert reader(tmp_path, ended, MANY, MARKET).sum(VOLUME) == 7.0
    broken = {"spot_volume/BTC": SEVEN, "spot_volume/ETH": days("2025-01-14", *[1.0] * 9)}
    with pytest.raises(Missing, match="0 of 7 expected rows"):
        reader(tmp_path, broken, MANY, MARKET).sum(VOLUME)


def test_a_fact_of_one_asset_cannot_be_asked_of_the_market(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC": SEVEN, "spot_volume/ETH": SEVEN}
    with pytest.raises(Missing, match="asked of market, which has 2 assets"):
        reader(tmp_path, rows, MANY, MARKET).window(VOLUME)


def test_different_assets_are_not_set_against_each_other(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC": SEVEN, "spot_volume/ETH": SEVEN, "perp_volume/ETH": SEVEN}
    read = reader(tmp_path, rows, MANY, MARKET)
    read.sum(VOLUME)
    read.require_same_assets()
    read.sum("perp_volume")
    with pytest.raises(Missing, match="spot_volume covers BTC, ETH, but perp_volume covers ETH"):
        read.require_same_assets()


# ---- what was known --------------------------------------------------------------------------------------------------


def test_a_week_does_not_see_what_was_known_after_its_cut(tmp_path: Path) -> None:
    # Sunday's row is known with its day's end and the delay; the cut is 14 hours after the week.
    assert reader(tmp_path, {"spot_volume/BTC": SEVEN}, said=Said({}, delay=14)).sum(VOLUME) == 7.0
    with pytest.raises(Missing, match="6 of 7"):
        reader(tmp_path, {"spot_volume/BTC": SEVEN}, said=Said({}, delay=14.5)).sum(VOLUME)


def test_a_series_that_was_not_known_yet_is_not_waited_for(tmp_path: Path) -> None:
    history = store(tmp_path, {"spot_volume/BTC": SEVEN})
    later = Said({}, fetched=FETCHED + timedelta(days=3), key="late", manner="live")
    say(history, {"spot_volume/ETH": SEVEN}, later)
    read = Reader(View(history, MANY, ALWAYS, None), WEEK, MARKET)
    assert read.sum(VOLUME) == 7.0


def test_a_revision_is_seen_from_the_moment_it_was_fetched(tmp_path: Path) -> None:
    history = store(tmp_path, {"spot_volume/BTC": SEVEN})
    say(history, {"spot_volume/BTC": times(5)}, Said({}, fetched=FETCHED + timedelta(days=1)))
    for as_of, expected in ((FETCHED, 7.0), (FETCHED + timedelta(days=1), 35.0)):
        assert Reader(View(history, setting(), as_of, None), WEEK, "BTC").sum(VOLUME) == expected


def test_a_row_that_was_withdrawn_is_missing(tmp_path: Path) -> None:
    history = store(tmp_path, {"spot_volume/BTC": SEVEN})
    say(history, {"spot_volume/BTC": SIX}, Said({}, fetched=FETCHED + timedelta(days=1)))
    with pytest.raises(Missing, match="6 of 7"):
        Reader(View(history, setting(), ALWAYS, None), WEEK, "BTC").sum(VOLUME)


# ---- provenance and questions ----------------------------------------------------------------------------------------


def test_what_was_handed_out_is_remembered_and_what_was_refused_is_not(tmp_path: Path) -> None:
    read = reader(tmp_path, {"spot_volume/BTC/all": SIX, "spot_volume/BTC/binance": SEVEN, "perp_volume/BTC": SIX})
    read.sum(VOLUME)
    with pytest.raises(Missing):
        read.sum("perp_volume")
    assert [(window.series.id, len(window)) for window in read.used] == [("spot_volume/BTC/binance/test", 7)]


def test_a_window_may_reach_back_before_the_week(tmp_path: Path) -> None:
    read = reader(tmp_path, {"spot_volume/BTC": days("2025-02-28", *[float(n) for n in range(11)])})
    assert list(read.window(VOLUME, days_before=3).value) == [float(n) for n in range(10)]


def test_a_share_of_the_rows_may_be_enough(tmp_path: Path) -> None:
    read = reader(tmp_path, {"spot_volume/BTC": SIX})
    assert len(read.window(VOLUME, at_least=6 / 7)) == 6
    with pytest.raises(Missing):
        read.window(VOLUME, at_least=0.86)


def test_days_are_summed_over_measures_and_assets(tmp_path: Path) -> None:
    rows = {f"{name}/{asset}": SEVEN for name in (VOLUME, "perp_volume") for asset in ("BTC", "ETH")}
    starts, totals = reader(tmp_path, rows, MANY, MARKET).daily(VOLUME, "perp_volume")
    assert (list(totals), starts[0], len(starts)) == ([4.0] * 7, clock.seconds(WEEK.start), 7)


def test_each_question_is_read_at_its_edge(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": days("2025-03-02", *[float(n) for n in range(10)])}
    read = reader(tmp_path, rows)
    assert (read.at("open_interest", read.start), read.at("open_interest", read.end)) == (1.0, 8.0)
    assert read.edges("open_interest") == (1.0, 8.0)
    assert read.latest("open_interest") == 7.0
    rows = {"price_close/BTC": days("2025-03-01", *[float(n) for n in range(10)])}
    read = reader(tmp_path, rows)
    assert (read.close_at("price_close", read.start), read.close_edges("price_close")) == (1.0, (1.0, 8.0))
    assert read.last("price_close") == 8.0


def test_an_instant_younger_than_the_cadence_counts_for_the_moment(tmp_path: Path) -> None:
    four = Said({"open_interest": 4})
    young = {"open_interest/BTC": {"2025-03-02 20:00:01": 5.0}}
    old = {"open_interest/BTC": {"2025-03-02 20:00": 5.0}}
    assert reader(tmp_path, young, said=four).at("open_interest", clock.seconds(WEEK.start)) == 5.0
    with pytest.raises(Missing, match="no value at 2025-03-03 00:00"):
        reader(tmp_path, old, said=four).at("open_interest", clock.seconds(WEEK.start))


def test_a_total_does_not_depend_on_the_order_of_its_parts(tmp_path: Path) -> None:
    values = (1e16, 1.0, -1e16, 1.0, 1e-9, 3.0, 5.0)
    rows = {"etf_flow/BTC": days("2025-03-03", *values)}
    assert reader(tmp_path, rows).sum("etf_flow") == 10.000000001


def test_a_week_is_the_same_whichever_weeks_were_measured_with_it(tmp_path: Path) -> None:
    ended = {"spot_volume/BTC": days("2024-10-07", *[1.0] * 154), "spot_volume/ETH": days("2024-10-07", *[1.0] * 90)}
    alone = measured(tmp_path, ended, MANY)["market.spot_volume_usd"]
    among_all = Reader(View(store(tmp_path, ended), MANY, ALWAYS, None), WEEK, MARKET).sum(VOLUME)
    assert alone == among_all == 7.0
