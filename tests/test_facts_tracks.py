"""The series behind the charts: thirteen weeks, as the week's cut knew them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from reporter.facts import Setting, tracks
from reporter.model import Track, Unit
from tests.desk import ALWAYS, FETCHED, WEEK, Rows, Said, days, every, say, setting, store

BEGIN = datetime(2024, 12, 9, tzinfo=UTC)  # thirteen weeks before Monday, March 10, 2025
LONG = days("2024-12-08", *[float(n) for n in range(95)])  # to March 12


def drawn(
    folder: Path, rows: Rows, measure: str = "price_close", how: Setting | None = None
) -> dict[tuple[str, str], Track]:
    return tracks(store(folder, rows), how or setting(), [measure], WEEK, ALWAYS)


def test_an_interval_series_is_drawn_for_thirteen_weeks_without_the_day_after(tmp_path: Path) -> None:
    track = drawn(tmp_path, {"price_close/BTC": LONG})["BTC", "price_close"]
    assert len(track.points) == 91
    assert (track.points[0].at, track.points[0].value) == (BEGIN, 1.0)
    assert (track.points[-1].at, track.points[-1].value) == (WEEK.end - timedelta(days=1), 91.0)


def test_an_instant_series_has_the_closing_value_of_the_week_too(tmp_path: Path) -> None:
    track = drawn(tmp_path, {"open_interest/BTC": LONG}, "open_interest")["BTC", "open_interest"]
    assert (len(track.points), track.points[0].at, track.points[-1].at) == (92, BEGIN, WEEK.end)


def test_a_track_carries_unit_and_input(tmp_path: Path) -> None:
    track = drawn(tmp_path, {"price_close/BTC": LONG})["BTC", "price_close"]
    assert track.unit == Unit.PRICE
    assert track.input is not None
    assert (track.input.series, track.input.rows, track.input.first) == ("price_close/BTC/all/test", 91, BEGIN)


def test_a_series_without_a_row_in_the_week_is_not_drawn(tmp_path: Path) -> None:
    rows = {"price_close/BTC": days("2024-12-08", *[1.0] * 85), "price_close/ETH": LONG}  # to March 2
    assert list(drawn(tmp_path, rows, how=setting(["BTC", "ETH"]))) == [("ETH", "price_close")]


def test_only_measures_that_were_asked_for_and_assets_of_the_config_are_drawn(tmp_path: Path) -> None:
    rows = {"price_close/BTC": LONG, "price_close/DOGE": LONG, "price_open/BTC": LONG}
    assert list(drawn(tmp_path, rows)) == [("BTC", "price_close")]


def test_what_was_known_after_the_cut_is_not_drawn(tmp_path: Path) -> None:
    history = store(tmp_path, {"open_interest/BTC": LONG}, Said({}, delay=15))
    track = tracks(history, setting(), ["open_interest"], WEEK, ALWAYS)["BTC", "open_interest"]
    assert track.points[-1].at == WEEK.end - timedelta(days=1)


def test_a_past_moment_is_drawn_as_it_was_seen(tmp_path: Path) -> None:
    history = store(tmp_path, {"price_close/BTC": LONG})
    say(history, {"price_close/BTC": dict.fromkeys(LONG, 7.0)}, Said({}, fetched=FETCHED + timedelta(days=1)))
    for moment, expected in ((FETCHED, 91.0), (ALWAYS, 7.0)):
        track = tracks(history, setting(), ["price_close"], WEEK, moment)["BTC", "price_close"]
        assert track.points[-1].value == expected


def test_the_preferred_venue_is_drawn(tmp_path: Path) -> None:
    rows = {"price_close/BTC/okx": LONG, "price_close/BTC/binance": {at: -value for at, value in LONG.items()}}
    how = setting(venues={"price_close": ("okx", "binance")})
    track = drawn(tmp_path, rows, how=how)["BTC", "price_close"]
    assert track.input is not None
    assert track.input.series.split("/")[2] == "okx"


def test_a_venue_that_lacks_part_of_the_week_gives_way_as_it_does_for_facts(tmp_path: Path) -> None:
    rows = {"price_close/BTC/okx": days("2024-12-08", *[1.0] * 88), "price_close/BTC/binance": LONG}
    how = setting(venues={"price_close": ("okx", "binance")})
    track = drawn(tmp_path, rows, how=how)["BTC", "price_close"]
    assert track.input is not None
    assert (track.input.series.split("/")[2], track.points[-1].value) == ("binance", 91.0)


def test_an_empty_history_has_no_tracks(tmp_path: Path) -> None:
    assert drawn(tmp_path, {}) == {}


def test_one_settlement_less_does_not_cost_the_preferred_venue_its_place(tmp_path: Path) -> None:
    # Twenty of twenty-one are enough for a mean of the week, so the chart shows the venue that the mean is of.
    rows = {
        "funding/BTC/okx": every(8, "2025-03-03", None, *[0.1] * 20),
        "funding/BTC/binance": every(8, "2025-03-03", *[0.2] * 21),
    }
    track = drawn(tmp_path, rows, "funding", setting(venues={"funding": ("okx", "binance")}))["BTC", "funding"]
    assert {point.value for point in track.points} == {0.1}
