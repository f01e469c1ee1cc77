"""Venues in a list of open interest: their number, how concentrated it is on few of them, and the share of CME."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import collect
from reporter.collect import coinglass
from reporter.facts import measure_frame
from reporter.facts.venues import FEWEST
from reporter.history import History
from reporter.model import Kind, Observation, Payload, Request, Unit
from tests import live
from tests.desk import ALWAYS, USUAL, WEEK, Found, days, described, setting, store

MONDAY = datetime(2025, 3, 10, 14, 30, tzinfo=UTC)
TUESDAY = datetime(2025, 3, 11, 9, tzinfo=UTC)
LIST = {"binance": 50.0, "bybit": 30.0, "cme": 20.0}
FACTS = ("open_interest_concentration", "open_interest_venues", "open_interest_cme_share")


def a_list(history: History, sizes: Mapping[str, float], at: datetime = MONDAY, source: str = "test") -> None:
    """A list of venues as a source gives it at a moment."""
    body = repr((sorted(sizes.items()), at, source)).encode()
    payload = Payload(hashlib.sha256(body).hexdigest(), Request(source, "list", "test:list"), at, 200, "", body)
    series = [replace(described(f"open_interest/BTC/{one}/{source}", USUAL), kind=Kind.SNAPSHOT) for one in sizes]
    found = [Observation(one.id, at, sizes[one.venue], payload.id) for one in series]
    history.add(payload, "test", series, found, "live")


def listed(folder: Path, *lists: tuple[Mapping[str, float], datetime, str]) -> Found:
    history = store(folder, {"price_close/BTC": days("2025-03-03", *[1.0] * 7)})
    for one in lists:
        a_list(history, *one)
    return Found(measure_frame(history, setting(sources=("test", "other")), WEEK, ALWAYS))


def test_concentration_is_the_sum_of_squared_shares(tmp_path: Path) -> None:
    found = listed(tmp_path, (LIST, MONDAY, "test"))
    # 0.5 x 0.5 + 0.3 x 0.3 + 0.2 x 0.2 = 0.25 + 0.09 + 0.04
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)
    assert found["BTC.open_interest_venues"] == 3.0
    assert found["BTC.open_interest_cme_share"] == pytest.approx(0.2)
    assert found.fact("BTC.open_interest_concentration").unit == Unit.SHARE
    assert {one.series.split("/")[2] for one in found.fact("BTC.open_interest_concentration").inputs} == set(LIST)


def test_a_list_without_cme_says_nothing_of_its_share(tmp_path: Path) -> None:
    found = listed(tmp_path, ({"binance": 50.0, "bybit": 30.0, "okx": 20.0}, MONDAY, "test"))
    assert found.gap("BTC.open_interest_cme_share") == "open_interest: the list of venues does not have CME"
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)


def test_two_venues_are_counted_and_have_no_shares(tmp_path: Path) -> None:
    found = listed(tmp_path, ({"binance": 50.0, "cme": 30.0}, MONDAY, "test"))
    assert found["BTC.open_interest_venues"] == 2.0
    expected = "open_interest: 2 of the 3 listed venues that a share needs"
    assert found.gap("BTC.open_interest_concentration") == found.gap("BTC.open_interest_cme_share") == expected


def test_the_total_of_a_list_is_no_venue(tmp_path: Path) -> None:
    found = listed(tmp_path, ({**LIST, "all": 100.0}, MONDAY, "test"))
    assert found["BTC.open_interest_venues"] == 3.0
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)


def test_a_venue_without_positions_does_not_count(tmp_path: Path) -> None:
    found = listed(tmp_path, ({**LIST, "okx": 0.0}, MONDAY, "test"))
    assert found["BTC.open_interest_venues"] == 3.0
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)


def test_a_venue_that_a_later_list_adds_was_measured_at_another_moment(tmp_path: Path) -> None:
    found = listed(tmp_path, (LIST, MONDAY, "test"), ({**LIST, "okx": 900.0}, TUESDAY, "test"))
    assert found["BTC.open_interest_venues"] == 3.0
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)


def test_lists_of_two_sources_are_never_put_together(tmp_path: Path) -> None:
    found = listed(tmp_path, (LIST, MONDAY, "test"), ({"okx": 900.0, "gate": 900.0}, MONDAY, "other"))
    assert found["BTC.open_interest_venues"] == 3.0
    assert found["BTC.open_interest_concentration"] == pytest.approx(0.38)


def test_the_list_of_another_week_says_nothing_of_this_one(tmp_path: Path) -> None:
    for at in (WEEK.end.replace(hour=0) - (MONDAY - WEEK.end), datetime(2025, 3, 19, tzinfo=UTC)):
        found = listed(tmp_path, (LIST, at, "test"))
        for fact in FACTS:
            expected = "open_interest: no list of venues was taken in the eight days after the week's end"
            assert found.gap(f"BTC.{fact}") == expected


def test_a_series_of_a_venue_is_no_list(tmp_path: Path) -> None:
    rows = {f"open_interest/BTC/{venue}": days("2025-03-03", *[1.0] * 9) for venue in LIST}
    found = Found(measure_frame(store(tmp_path, rows), setting(), WEEK, ALWAYS))
    assert "BTC.open_interest_venues" not in found


def test_a_list_of_venues_without_any_positions_says_nothing(tmp_path: Path) -> None:
    found = listed(tmp_path, (dict.fromkeys(LIST, 0.0), MONDAY, "test"))
    assert found.gap("BTC.open_interest_venues") == "open_interest: no listed venue has any"


Sizes = st.lists(st.floats(min_value=1e-2, max_value=1e12), min_size=FEWEST, max_size=12)


@given(sizes=Sizes, scale=st.floats(min_value=1e-3, max_value=1e3))
def test_a_concentration_lies_between_even_shares_and_one_and_knows_no_unit(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[float], scale: float
) -> None:
    named = {f"venue-{number}": size for number, size in enumerate(sizes)}
    folder = tmp_path_factory.mktemp("shares")
    found = [
        float(str(listed(folder, (each, MONDAY, "test"))["BTC.open_interest_concentration"]))
        for each in (named, {venue: size * scale for venue, size in named.items()})
    ]
    assert 1 / len(sizes) - 1e-9 <= found[0] <= 1 + 1e-9
    assert found[1] == pytest.approx(found[0])


def test_a_recorded_list_gives_shares_that_make_a_whole(tmp_path: Path, real_data: Path) -> None:
    recorded = live.recorded(real_data, "coinglass_v4_recorded/api_futures_openInterest_exchange_list_BTC")
    rows = {row["exchange"]: row["open_interest_usd"] for row in recorded["data"]}
    settings = live.settings("coinglass")
    key = next(one.key for one in coinglass.requests(live.WEEK, settings) if one.url.endswith("exchange-list")
               and "open-interest" in one.url)  # fmt: skip
    payload = live.payload("coinglass", key, recorded)
    found = [one for one in coinglass.parse(payload, settings) if isinstance(one, Observation)]
    history = store(tmp_path, {"price_close/BTC": days("2026-11-09", *[1.0] * 7)})
    history.add(payload, "test", collect.described(collect.source("coinglass"), settings, found), found, "live")
    frame = Found(measure_frame(history, setting(sources=("coinglass",)), live.WEEK, ALWAYS))
    total = sum(size for venue, size in rows.items() if venue != "All" and size)
    assert frame["BTC.open_interest_cme_share"] == pytest.approx(rows["CME"] / total)
    assert frame["BTC.open_interest_venues"] == sum(bool(size) for venue, size in rows.items() if venue != "All")
    assert total == pytest.approx(rows["All"], rel=0.02)  # the list is the market as its source counts it
    assert 1 / 21 < float(str(frame["BTC.open_interest_concentration"])) < 0.3
