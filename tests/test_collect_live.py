"""What live sources have in common: their settings, the span they ask for, and how their series are described."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import Field, ValidationError

from reporter import clock, config
from reporter.collect import live
from reporter.collect.live import DAY, HOUR, Address, Given, Live
from reporter.model import Kind, Observation, Period, Request, Series, Unit
from reporter.strict_yaml import parse

WEEK = clock.parse_week("2026-W46")
EIGHT = timedelta(hours=8)


class House(Live):
    base_url: Address = "https://api.example.com"
    pace_seconds: float = Field(default=0.1, ge=0, le=60)


def house(**changes: Any) -> House:
    return House.model_validate({"name": "house", "use": "house", "assets": ["BTC", "ETH"], **changes})


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        ("http://127.0.0.1:8000/house//", "http://127.0.0.1:8000/house"),
        ("https://example.com/a@b", "https://example.com/a@b"),
    ],
)
def test_an_address_may_have_a_path_and_needs_no_slash(address: str, kept: str) -> None:
    assert house(base_url=address).base_url == kept


@pytest.mark.parametrize(
    "address", ["", "api.example.com", "ftp://example.com", "https://me:pw@example.com", "https://", "https://a b"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    document = parse(f"sources:\n  house:\n    use: house\n    base_url: {address!r}\n", "config.yaml")
    raw = {**document.data["sources"]["house"], "name": "house", "assets": ["BTC"]}
    assert config.check(House, raw, document, "sources", "house") == (
        None,
        [
            "config.yaml:4: 'sources.house.base_url': "
            "expected an address such as https://api.example.com, without user or password"
        ],
    )


@pytest.mark.parametrize("changes", [{"pace_seconds": -1}, {"pace_seconds": 61}, {"assets": []}, {"assets": ["btc"]},
                                     {"label": ""}, {"pace": 1}])  # fmt: skip
def test_settings_that_no_source_can_use_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        house(**changes)


# ---- questions -------------------------------------------------------------------------------------------------------


def test_five_weeks_up_to_the_weeks_end_are_asked_for() -> None:
    assert live.span(WEEK) == Period(datetime(2026, 10, 12, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
    assert live.span(WEEK, timedelta(days=28)).start == datetime(2026, 10, 19, tzinfo=UTC)


def test_a_question_goes_to_the_sources_own_address_and_leaves_out_what_is_none() -> None:
    period = live.span(WEEK)
    params = {"limit": 100, "symbol": "BTC", "cursor": None, "from": 0, "flag": ""}
    asked = live.ask(house(name="mirror", base_url="http://127.0.0.1:1/x/"), "candles/BTC", "/v1/k", params, period)
    assert asked == Request(
        "mirror",
        "candles/BTC",
        "http://127.0.0.1:1/x/v1/k",
        params={"limit": "100", "symbol": "BTC", "from": "0", "flag": ""},
        period=period,
    )
    assert live.ask(house(), "now", "/v1/now", {}).period is None


def test_a_moment_goes_out_in_whole_seconds_or_milliseconds_of_utc() -> None:
    at = datetime(2026, 11, 9, 1, tzinfo=UTC)
    assert (live.seconds(at), live.milliseconds(at)) == (1_794_186_000, 1_794_186_000_000)


# ---- series ----------------------------------------------------------------------------------------------------------


def rows(name: str, *times: str) -> list[Observation]:
    return [Observation(name, datetime.fromisoformat(at).replace(tzinfo=UTC), 1.0, "p") for at in times]


def every(hours: int, count: int, first: str = "2026-11-09") -> list[Observation]:
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [Observation("funding/BTC/house/house", start + n * timedelta(hours=hours), 1e-4, "p") for n in range(count)]


def described(found: Iterable[Observation], gives: dict[str, Given], **changes: Any) -> dict[str, Series]:
    return {one.id: one for one in live.series(house(**changes), "The house", "Its terms", gives, found)}


def test_a_series_comes_as_its_source_gives_the_measure() -> None:
    found = rows("price_close/BTC/house/house", "2026-11-09", "2026-11-10")
    given = {"price_close": Given(DAY, timedelta(hours=2))}
    assert list(described(found, given).values()) == [
        Series("price_close/BTC/house/house", Unit.PRICE, Kind.INTERVAL, DAY, timedelta(hours=2), "The house",
               "Its terms")
    ]  # fmt: skip
    assert described(found, given, label="Mirror")["price_close/BTC/house/house"].label == "Mirror"
    assert described([], given) == {}


def test_a_kind_may_be_another_than_the_measures_usual_one() -> None:
    found = rows("open_interest/BTC/house/house", "2026-11-09 01:23")
    snapshot = described(found, {"open_interest": Given(DAY, kind=Kind.SNAPSHOT)})
    assert snapshot["open_interest/BTC/house/house"].kind == Kind.SNAPSHOT
    assert described(found, {"open_interest": Given(HOUR)})["open_interest/BTC/house/house"].kind == Kind.INSTANT


def test_a_venue_of_a_source_may_come_otherwise_than_the_others() -> None:
    names = ("open_interest/BTC/all/house", "open_interest/BTC/okx/house")
    found = [one for name in names for one in rows(name, "2026-11-09")]
    gives = {"open_interest": Given(DAY, kind=Kind.SNAPSHOT), "open_interest/all": Given(HOUR)}
    series = described(found, gives)
    assert [(series[name].kind, series[name].cadence) for name in names] == [
        (Kind.INSTANT, HOUR),
        (Kind.SNAPSHOT, DAY),
    ]


def test_a_measure_may_be_given_for_one_venue_alone() -> None:
    assert live.given_for("open_interest/BTC/all/house", {"open_interest/all": Given(HOUR)}) == Given(HOUR)
    with pytest.raises(KeyError):
        live.given_for("open_interest/BTC/okx/house", {"open_interest/all": Given(HOUR)})


# ---- funding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 2, 4, 8])
def test_funding_has_the_interval_at_which_it_is_paid(hours: int) -> None:
    series = described(every(hours, 10), {"funding": Given(EIGHT)})["funding/BTC/house/house"]
    assert series.cadence == timedelta(hours=hours)


def test_the_interval_of_funding_is_told_coin_by_coin() -> None:
    ether = [Observation("funding/ETH/house/house", one.at, 1e-4, "p") for one in every(8, 5)]
    series = described([*every(4, 5), *ether], {"funding": Given(EIGHT)})
    assert [one.cadence for one in series.values()] == [timedelta(hours=4), EIGHT]


def interval(*hours: float) -> timedelta:
    """What is made of settlements at these hours of a day, where eight hours are usual."""
    start = datetime(2026, 11, 9, tzinfo=UTC)
    return live.funding_interval([start + timedelta(hours=hour) for hour in hours], EIGHT)


def test_one_row_tells_no_interval_and_the_usual_one_stands() -> None:
    assert interval() == interval(0) == EIGHT
    assert live.funding_interval([datetime(2026, 11, 9, tzinfo=UTC)], HOUR) == HOUR


def test_most_settlements_decide_whatever_their_order_and_to_the_hour() -> None:
    assert interval(12, 0, 8, 4, 20, 28) == timedelta(hours=4)  # two rows are missing: gaps of 4, 4, 4, 8, 8
    assert interval(0, 3.99, 7.98, 11.97) == timedelta(hours=4)
    assert interval(0, 8, 12) == interval(0, 4, 12) == timedelta(hours=4)


def test_an_interval_that_no_venue_has_is_not_believed() -> None:
    assert interval(0, 3, 6, 9) == interval(0, 24, 48) == interval(0, 0, 0) == EIGHT


# ---- what a source is there for --------------------------------------------------------------------------------------


def test_a_source_is_there_for_each_measure_of_each_of_its_assets() -> None:
    assert list(live.provided(house(name="mirror"), "binance", ("funding", "price_close"))) == [
        "funding/BTC/binance/mirror",
        "funding/ETH/binance/mirror",
        "price_close/BTC/binance/mirror",
        "price_close/ETH/binance/mirror",
    ]
