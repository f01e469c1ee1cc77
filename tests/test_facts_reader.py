"""What a Reader hands out: which venue and source speak, for which assets, as known when."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reporter import clock
from reporter.facts import Setting, measure_frame
from reporter.facts.reader import Missing, Reader
from reporter.facts.view import View
from reporter.model import MARKET, Kind, Observation, Payload, Request, Series
from tests.desk import ALWAYS, FETCHED, USUAL, WEEK, Rows, Said, days, described, every, measured, say, setting, store

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
    later = Said({}, delay=24 * 7, fetched=FETCHED + timedelta(days=9), key="late", manner="live")
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


# ---- the order of sources --------------------------------------------------------------------------------------------

ONE_TWO = setting(sources=["one", "two"])


def test_a_source_that_is_listed_first_speaks_first_whatever_its_venue(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/aevo/two": times(1), "spot_volume/BTC/okx/one": times(2)}
    assert reader(tmp_path, rows, setting(sources=["one", "two"])).sum(VOLUME) == 14.0
    assert reader(tmp_path, rows, setting(sources=["two", "one"])).sum(VOLUME) == 7.0


def test_all_venues_together_outrank_the_order_of_sources(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/one": times(1), "spot_volume/BTC/all/two": times(2)}
    assert reader(tmp_path, rows, setting(sources=["one", "two"])).sum(VOLUME) == 14.0


def test_a_measure_may_have_an_order_of_its_own(tmp_path: Path) -> None:
    rows = {f"{name}/BTC/{venue}": times(n) for name in (VOLUME, "perp_volume")
            for n, venue in ((1, "okx/one"), (2, "gate/two"))}  # fmt: skip
    read = reader(tmp_path, rows, replace(ONE_TWO, order={VOLUME: ("two", "one")}))
    assert (read.sum(VOLUME), read.sum("perp_volume")) == (14.0, 7.0)


def test_a_source_that_is_not_in_the_order_of_a_measure_does_not_speak(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/all/one": times(1), "spot_volume/BTC/okx/two": SIX}
    with pytest.raises(Missing, match="6 of 7 expected rows"):
        reader(tmp_path, rows, replace(ONE_TWO, order={VOLUME: ("two",)})).sum(VOLUME)
    with pytest.raises(Missing, match="spot_volume: no source has it for BTC"):
        reader(tmp_path, rows, replace(ONE_TWO, order={VOLUME: ("three",)})).sum(VOLUME)


def test_venues_are_chosen_before_sources(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/one": times(1), "spot_volume/BTC/gate/two": times(2),
            "spot_volume/BTC/gate/one": times(3)}  # fmt: skip
    how = replace(ONE_TWO, venues={VOLUME: ("gate", "okx")}, order={VOLUME: ("two", "one")})
    read = reader(tmp_path, rows, how)
    assert (read.sum(VOLUME), [window.series.id for window in read.used]) == (14.0, ["spot_volume/BTC/gate/two"])


def series_of(name: str) -> Series:
    return described(name, USUAL)


def test_preference_sorts_by_venue_then_by_source() -> None:
    names = [f"spot_volume/BTC/{last}" for last in ("okx/one", "all/two", "all/one", "aevo/one", "aevo/two")]
    ordered = sorted(map(series_of, names), key=ONE_TWO.preference)
    assert [one.id.partition("/BTC/")[2] for one in ordered] == [
        "all/one",
        "all/two",
        "aevo/one",
        "okx/one",
        "aevo/two",
    ]
    listed = replace(ONE_TWO, venues={VOLUME: ("okx", "aevo", "all")}, order={VOLUME: ("two", "one")})
    ordered = sorted(map(series_of, names), key=listed.preference)
    assert [one.id.partition("/BTC/")[2] for one in ordered] == [
        "okx/one",
        "aevo/two",
        "aevo/one",
        "all/two",
        "all/one",
    ]


def test_only_named_sources_and_venues_are_allowed() -> None:
    here, there = series_of("spot_volume/BTC/okx/one"), series_of("spot_volume/BTC/gate/old")
    assert (ONE_TWO.allows(here), ONE_TWO.allows(there)) == (True, False)
    assert not replace(ONE_TWO, venues={VOLUME: ("gate",)}).allows(here)
    assert not replace(ONE_TWO, order={VOLUME: ("two",)}).allows(here)
    assert replace(ONE_TWO, order={"perp_volume": ("two",)}, venues={"perp_volume": ("gate",)}).allows(here)


def test_a_changed_order_is_measured_anew(tmp_path: Path) -> None:
    both = {"spot_volume/BTC/okx/one": times(1), "spot_volume/BTC/okx/two": times(2)}
    history = store(tmp_path, {name: {**values, **days("2025-02-24", *[values["2025-03-03 00:00"]] * 7)}
                               for name, values in both.items()})  # fmt: skip
    for how, previous in ((ONE_TWO, 7.0), (replace(ONE_TWO, order={VOLUME: ("two",)}), 14.0)):
        found = measure_frame(history, how, WEEK, ALWAYS).facts["BTC", "spot_volume_usd_previous"]
        assert found.value == previous


# ---- ages ------------------------------------------------------------------------------------------------------------


def fresh(warn: float, error: float, measure: str = VOLUME) -> Setting:
    return replace(ONE_TWO, freshness={measure: (warn, error)})


def test_a_measure_has_its_usual_ages_unless_the_config_gives_others() -> None:
    usual = {measure: ONE_TWO.ages(measure) for measure in (VOLUME, "etf_flow")}
    assert usual == {VOLUME: (24.0, 192.0), "etf_flow": (84.0, 168.0)}
    assert fresh(1, 2, "etf_flow").ages("etf_flow") == (1, 2)
    assert fresh(1, 2, "etf_flow").ages(VOLUME) == (24.0, 192.0)


def test_a_value_that_is_too_old_counts_as_missing_and_says_so(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/one": days("2025-03-03", *[1.0] * 5)}  # up to the end of March 7, two days before
    assert len(reader(tmp_path, rows, fresh(0, 48)).window(VOLUME, at_least=0.5)) == 5
    with pytest.raises(Missing) as gap:
        reader(tmp_path, rows, fresh(0, 47.5)).window(VOLUME, at_least=0.5)
    assert str(gap.value) == "spot_volume: the newest value is of 2025-03-07 00:00, too old for this week"


def test_the_next_source_speaks_for_one_that_is_too_old(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/one": days("2025-03-03", *[1.0] * 5), "spot_volume/BTC/gate/two": times(2)}
    read = reader(tmp_path, rows, fresh(0, 24))
    assert (len(read.window(VOLUME, at_least=0.5)), venues(read)) == (7, {"gate"})
    read = reader(tmp_path, rows, fresh(0, 72))
    assert (len(read.window(VOLUME, at_least=0.5)), venues(read)) == (5, {"okx"})


def test_an_instant_ages_from_its_own_moment(tmp_path: Path) -> None:
    rows = {"long_short_ratio/BTC/okx/one": {"2025-03-09 12:00": 1.5}}
    assert reader(tmp_path, rows, fresh(0, 12, "long_short_ratio")).latest("long_short_ratio") == 1.5
    with pytest.raises(Missing, match="the newest value is of 2025-03-09 12:00, too old for this week"):
        reader(tmp_path, rows, fresh(0, 11.5, "long_short_ratio")).latest("long_short_ratio")


def test_what_came_after_the_week_makes_nothing_younger(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/one": {**days("2025-03-03", *[1.0] * 5), **days("2025-03-10", 1.0, 1.0)}}
    with pytest.raises(Missing, match="the newest value is of 2025-03-07 00:00"):
        reader(tmp_path, rows, fresh(0, 24)).window(VOLUME, at_least=0.5)


def test_an_age_makes_the_gap_of_a_fact_with_its_reason(tmp_path: Path) -> None:
    rows = {"long_short_ratio/BTC/okx/one": {"2025-03-09 12:00": 1.5}}
    assert measured(tmp_path, rows, fresh(0, 6, "long_short_ratio")).gap("BTC.long_short_ratio") == (
        "long_short_ratio: the newest value is of 2025-03-09 12:00, too old for this week"
    )


# ---- parts and wholes ------------------------------------------------------------------------------------------------


def parted(folder: Path, part: str, whole: str) -> Reader:
    """A reader that was asked for a measure on some venues, and for another on others."""
    read = reader(folder, {f"spot_volume/BTC/{whole}": SEVEN, f"perp_volume/BTC/{part}": SEVEN})
    read.sum("perp_volume")
    read.sum(VOLUME)
    return read


@pytest.mark.parametrize(
    ("part", "whole"), [("okx", "all"), ("okx", "okx"), ("okx", "gate+okx"), ("okx+gate", "gate+kraken+okx")]
)
def test_a_part_is_set_against_a_whole_that_covers_its_venues(tmp_path: Path, part: str, whole: str) -> None:
    parted(tmp_path, part, whole).require_part("perp_volume", VOLUME)


@pytest.mark.parametrize(
    ("part", "whole", "here", "there"),
    [("okx", "gate", "okx", "gate"), ("all", "okx", "all", "okx"), ("okx+gate", "okx", "gate+okx", "okx")],
)
def test_a_part_of_other_venues_is_no_part(tmp_path: Path, part: str, whole: str, here: str, there: str) -> None:
    with pytest.raises(Missing) as gap:
        parted(tmp_path, part, whole).require_part("perp_volume", VOLUME)
    assert str(gap.value) == (
        f"perp_volume: measured on {here}, and spot_volume on {there}: one is no part of the other"
    )


# ---- snapshots -------------------------------------------------------------------------------------------------------


def test_a_list_of_the_moment_is_not_read_as_a_value_of_its_measure(tmp_path: Path) -> None:
    history = store(tmp_path, {"open_interest/BTC/okx/one": days("2025-03-03", *[1.0] * 8)})
    body = b"a list of the moment"
    payload = Payload(hashlib.sha256(body).hexdigest(), Request("two", "list", "test:list"), FETCHED, 200, "", body)
    series = replace(series_of("open_interest/BTC/all/two"), kind=Kind.SNAPSHOT)
    found = [Observation(series.id, at, 99.0, payload.id) for at in (WEEK.start, WEEK.end)]
    history.add(payload, "test", [series], found, "live")
    read = Reader(View(history, ONE_TWO, ALWAYS, None), WEEK, "BTC")
    assert (read.edges("open_interest"), venues(read)) == ((1.0, 1.0), {"okx"})
    with pytest.raises(Missing, match="open_interest: no source has it for BTC"):
        Reader(View(history, replace(ONE_TWO, sources=("two",)), ALWAYS, None), WEEK, "BTC").edges("open_interest")
