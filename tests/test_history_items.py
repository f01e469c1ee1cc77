"""What is no number of a series: kept with its payload, found by kind, time and asset, and a headline only once."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import seconds
from reporter.errors import ParseError
from reporter.history import History, open_history
from reporter.history.tables import tables
from reporter.model import FutureQuote, Headline, Item, Level, Observation, OptionExpiry, OptionQuote, Payload
from tests.test_history import BODY, DAILY, FOREVER, at, kept, payload, read

ONE, TWO = payload("one", at(7)), payload("two", at(14))
EXPIRY = datetime(2026, 3, 27, 8, tzinfo=UTC)
PUT = OptionQuote(at(7), "BTC", "deribit", "BTC-27MAR26-60000-P", EXPIRY, 60_000.0, "put", 61.5, 70_120.25, 812.5, None,
                  ONE.id)  # fmt: skip
FUTURE = FutureQuote(at(7), "ETH", "deribit", "ETH-PERPETUAL", None, 2_050.5, 2_051.0, 3.1e8, None, ONE.id)
OPTIONS = OptionExpiry(at(7), "BTC", "deribit", EXPIRY, 72_000.0, 12_000.5, None, ONE.id)
LEVEL = Level(at(7), "BTC", "all", 66_500.0, 0.75, ONE.id)
NEWS = Headline(at(6), "The Wire", "Funds sold “again” \x00 \ud800", "A day's\nflow", "https://wire.example/1", ONE.id)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return open_history(tmp_path / "reporter.sqlite")


def add(history: History, one: Payload, items: Sequence[Item], parser: str = "one") -> int:
    return history.add(one, parser, [], [], "live", [replace(item, payload_id=one.id) for item in items])


def every(history: History, kind: type[Any], as_of: datetime = FOREVER) -> tuple[Any, ...]:
    return history.items(kind, at(0), at(100), as_of)


def prices(history: History, as_of: datetime = FOREVER) -> list[float]:
    return [level.price for level in every(history, Level, as_of)]


def level(day: float, price: float, asset: str = "BTC") -> Level:
    return Level(at(day), asset, "all", price, 1.0, "")


def headline(day: float, title: str, link: str = "", outlet: str = "The Wire") -> Headline:
    return Headline(at(day), outlet, title, "", link, "")


# ---- in and out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", [PUT, FUTURE, OPTIONS, LEVEL, NEWS], ids=lambda item: type(item).__name__)
def test_an_item_comes_out_as_it_went_in(history: History, item: Item) -> None:
    add(history, ONE, [PUT, FUTURE, OPTIONS, LEVEL, NEWS])
    assert every(history, type(item)) == (item,)


def test_a_moment_is_kept_to_its_last_digit_and_in_utc(history: History) -> None:
    odd = replace(LEVEL, at=datetime(2026, 2, 16, 1, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=1))))
    add(history, ONE, [odd])
    (found,) = every(history, Level)
    assert found == odd
    assert found.at.tzinfo == UTC


def test_items_are_no_rows(history: History) -> None:
    assert add(history, ONE, [LEVEL, PUT]) == 0
    assert history.series() == ()
    assert history.has(ONE, "one")


def test_items_are_found_by_time_both_ends_included(history: History) -> None:
    add(history, TWO, [level(day, day) for day in (1, 2, 3, 4)])
    assert [one.price for one in history.items(Level, at(2), at(3), FOREVER)] == [2.0, 3.0]
    assert history.items(Level, at(5), at(9), FOREVER) == ()


def test_items_are_found_by_asset(history: History) -> None:
    add(history, TWO, [level(1, 1.0), level(1, 2.0, "ETH"), level(2, 3.0)])
    assert [one.price for one in history.items(Level, at(0), at(9), FOREVER, "BTC")] == [1.0, 3.0]
    assert [one.price for one in history.items(Level, at(0), at(9), FOREVER, "ETH")] == [2.0]
    assert prices(history) == [1.0, 2.0, 3.0]


def test_items_come_in_the_order_of_their_moments_then_as_they_came(history: History) -> None:
    add(history, TWO, [level(2, 5.0), level(1, 4.0), level(1, 3.0)])
    add(history, ONE, [level(2, 9.0), level(1, 8.0)])
    assert prices(history) == [8.0, 4.0, 3.0, 9.0, 5.0]


def test_only_what_was_fetched_by_then_is_found(history: History) -> None:
    add(history, ONE, [level(1, 1.0)])
    add(history, TWO, [level(1, 2.0)])
    assert prices(history, at(7) - timedelta(seconds=1)) == []
    assert prices(history, at(7)) == prices(history, at(14) - timedelta(seconds=1)) == [1.0]
    assert prices(history, at(14)) == [1.0, 2.0]


def test_an_item_is_said_to_be_of_the_payload_that_it_came_with(history: History) -> None:
    add(history, ONE, [level(1, 1.0)])
    add(history, TWO, [level(1, 2.0)])
    assert [one.payload_id for one in every(history, Level)] == [ONE.id, TWO.id]


# ---- read again ------------------------------------------------------------------------------------------------------


def test_a_payload_read_again_replaces_its_items_alone(history: History) -> None:
    add(history, ONE, [level(1, 1.0), PUT])
    add(history, TWO, [level(1, 2.0)])
    add(history, ONE, [level(1, 10.0), level(3, 11.0)], parser="two")
    assert prices(history) == [10.0, 2.0, 11.0]
    assert every(history, OptionQuote) == ()
    add(history, ONE, [], parser="three")
    assert prices(history) == [2.0]


def test_the_same_items_again_change_nothing(history: History) -> None:
    def table() -> list[tuple[Any, ...]]:
        with history.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text("select * from item order by number"))]

    add(history, ONE, [level(1, 1.0), PUT])
    before = table()
    history.keep_weeks("definition", {seconds(at(0)): BODY})
    add(history, ONE, [level(1, 1.0), PUT], parser="two")
    assert table() == before
    assert len(before) == 2
    assert kept(history) == {seconds(at(0)): BODY[0]}


def test_a_refused_payload_has_no_items(history: History) -> None:
    add(history, ONE, [level(1, 1.0)])
    history.refuse(replace(ONE, fault="sent a page"), "two")
    assert prices(history) == []


# ---- together with rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_item_that_is_not_finite_is_refused_and_nothing_is_kept(history: History, value: float) -> None:
    rows = [Observation(DAILY.id, at(0), 1.0, ONE.id)]
    with pytest.raises(ParseError) as problem:
        history.add(ONE, "one", [DAILY], rows, "live", [LEVEL, replace(PUT, mark_iv=value)])
    assert str(problem.value) == (
        "OptionQuote BTC deribit BTC-27MAR26-60000-P: a number that is not finite; expected a finite one"
    )
    assert (history.series(), history.payload_ids(), prices(history)) == ((), {}, [])
    with pytest.raises(ParseError, match="Level BTC all: a number"):
        history.add(ONE, "one", [], [], "live", [replace(LEVEL, size=value)])


@pytest.mark.parametrize("part", ["at", "expiry"])
def test_a_moment_without_a_time_zone_is_refused(history: History, part: str) -> None:
    naive: dict[str, Any] = {part: datetime(2026, 2, 16)}  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a time zone"):
        history.add(ONE, "one", [], [], "live", [replace(PUT, **naive)])


def test_a_value_that_is_refused_leaves_no_item(history: History) -> None:
    with pytest.raises(ParseError):
        history.add(ONE, "one", [DAILY], [Observation(DAILY.id, at(0), math.nan, ONE.id)], "live", [LEVEL])
    assert prices(history) == []


def test_rows_and_items_of_a_payload_are_kept_together(history: History) -> None:
    assert history.add(ONE, "one", [DAILY], [Observation(DAILY.id, at(0), 1.0, ONE.id)], "live", [LEVEL]) == 1
    assert (read(history), every(history, Level)) == ({0: 1.0}, (LEVEL,))


@pytest.mark.parametrize(
    ("items", "left"),
    [([level(18, 1.0)], 2), ([replace(PUT, at=at(11))], 1), ([headline(18, "News")], 4), ([], 4)],
    ids=["in the third week", "in the second week", "news", "none"],
)
def test_kept_weeks_last_until_an_item_of_theirs_comes(history: History, items: list[Item], left: int) -> None:
    weeks = [seconds(at(7 * number)) for number in range(4)]
    history.keep_weeks("definition", dict.fromkeys(weeks, BODY))
    add(history, ONE, items)
    assert sorted(kept(history)) == weeks[:left]


def test_kept_weeks_end_where_an_item_goes(history: History) -> None:
    add(history, ONE, [level(1, 1.0), level(18, 2.0)])
    weeks = [seconds(at(7 * number)) for number in range(4)]
    history.keep_weeks("definition", dict.fromkeys(weeks, BODY))
    add(history, ONE, [level(1, 1.0)], parser="two")
    assert sorted(kept(history)) == weeks[:2]


def test_the_kinds_and_assets_there_are_are_listed_once(history: History) -> None:
    assert history.listed() == frozenset()
    add(
        history,
        ONE,
        [PUT, FUTURE, OPTIONS, LEVEL, NEWS, *(level(n / 24, 1.0, asset) for n in range(30) for asset in "AB")],
    )
    kinds = {"OptionQuote": ["BTC"], "FutureQuote": ["ETH"], "OptionExpiry": ["BTC"], "Level": ["BTC", "A", "B"]}
    assert history.listed() == {(kind, asset) for kind, assets in kinds.items() for asset in assets} | {
        ("Headline", "")
    }


# ---- headlines -------------------------------------------------------------------------------------------------------


def titles(history: History, since: float = 0, until: float = 100, as_of: datetime = FOREVER) -> list[tuple[str, str]]:
    """Title and link of what is found."""
    return [(one.title, one.link) for one in history.items(Headline, at(since), at(until), as_of)]


def test_a_headline_that_comes_again_counts_once_as_first_seen(history: History) -> None:
    add(history, ONE, [headline(6, "Funds sold", "x/1"), headline(5, "Rates held", "x/2"), headline(4, "No link")])
    add(history, TWO, [headline(6, "Funds sold, again", "x/1"), headline(5, "Rates held", "x/2?from=feed"),
                       headline(13, "New", "x/3"), headline(4, "No link")])  # fmt: skip
    assert titles(history) == [("No link", ""), ("Rates held", "x/2"), ("Funds sold", "x/1"), ("New", "x/3")]
    assert {one.payload_id for one in history.items(Headline, at(0), at(7), FOREVER)} == {ONE.id}


def test_a_headline_of_another_outlet_is_another_one(history: History) -> None:
    add(history, ONE, [headline(6, "Funds sold", "x/1")])
    add(history, TWO, [headline(6, "Funds sold", "x/1", outlet="The Post")])
    assert len(titles(history)) == 2


def test_a_headline_twice_in_a_payload_counts_once(history: History) -> None:
    add(history, ONE, [headline(6, "Funds sold", "x/1"), headline(5, "Funds sold", "x/1")])
    assert history.items(Headline, at(0), at(9), FOREVER) == (
        replace(headline(6, "Funds sold", "x/1"), payload_id=ONE.id),
    )


def test_an_old_headline_with_a_new_date_is_no_news(history: History) -> None:
    add(history, ONE, [headline(6, "Funds sold", "x/1")])
    add(history, TWO, [headline(13, "Funds sold", "x/1")])
    assert titles(history, since=7) == []
    assert titles(history, until=7) == [("Funds sold", "x/1")]


def test_headlines_without_a_title_or_link_are_told_apart_by_the_other(history: History) -> None:
    add(history, ONE, [headline(1, "", "x/1"), headline(2, "", "x/2"), headline(3, "A"), headline(4, "B")])
    assert len(titles(history)) == 4


def test_the_first_seen_is_the_one_fetched_first_though_it_was_read_last(history: History) -> None:
    add(history, TWO, [headline(6, "Funds sold, again", "x/1")])
    add(history, ONE, [headline(6, "Funds sold", "x/1")])
    assert titles(history) == [("Funds sold", "x/1")]


def test_headlines_as_they_were_known_then(history: History) -> None:
    add(history, ONE, [headline(6, "Funds sold", "x/1")])
    add(history, TWO, [headline(13, "New", "x/3")])
    assert titles(history, as_of=at(6)) == []
    assert titles(history, as_of=at(13)) == [("Funds sold", "x/1")]


# ---- against a model -------------------------------------------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
text = st.text(max_size=8)
items = st.lists(
    st.one_of(
        st.builds(OptionQuote, moments, text, text, text, moments, finite, st.sampled_from(["call", "put"]),
                  st.none() | finite, st.none() | finite, st.none() | finite, st.none() | finite, st.just(ONE.id)),
        st.builds(FutureQuote, moments, text, text, text, st.none() | moments, finite, finite, st.none() | finite,
                  st.none() | finite, st.just(ONE.id)),
        st.builds(OptionExpiry, moments, text, text, moments, st.none() | finite, st.none() | finite,
                  st.none() | finite, st.just(ONE.id)),
        st.builds(Level, moments, text, text, finite, finite, st.just(ONE.id)),
    ),
    max_size=12,
)  # fmt: skip


@given(items, moments, moments)
def test_whatever_a_payload_holds_is_found_again(given: list[Item], since: datetime, until: datetime) -> None:
    history = History(sa.create_engine("sqlite://"), "memory")
    tables.create_all(history.engine)
    history.add(ONE, "one", [], [], "live", given)
    kinds: tuple[type[Any], ...] = (OptionQuote, FutureQuote, OptionExpiry, Level)
    for kind in kinds:
        mine = [one for one in given if isinstance(one, kind)]
        asked = [one for one in mine if seconds(since) <= seconds(one.at) <= seconds(until)]
        ordered = tuple(sorted(asked, key=lambda one: seconds(one.at)))
        assert history.items(kind, since, until, FOREVER) == ordered
        for asset in {one.asset for one in mine}:
            found = history.items(kind, since, until, FOREVER, asset)
            assert found == tuple(one for one in ordered if one.asset == asset)


def test_a_body_in_the_store_is_json_without_the_payload(history: History) -> None:
    add(history, ONE, [PUT])
    with history.engine.connect() as connection:
        row = connection.execute(sa.text("select kind, asset, at, body from item")).one()
    body = json.loads(row.body)
    assert (row.kind, row.asset, row.at) == ("OptionQuote", "BTC", seconds(at(7)))
    assert "payload_id" not in body
    assert (body["at"], body["expiry"]) == ("2026-02-16T00:00:00+00:00", "2026-03-27T08:00:00+00:00")
