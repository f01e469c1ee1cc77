"""The store of observations: what was seen when, what a payload says again, and what survives a bad disk."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import midnight, seconds
from reporter.errors import ParseError, StoreError
from reporter.history import SCHEMA, History, Rows, open_history
from reporter.history.tables import tables
from reporter.model import Input, Kind, Observation, Payload, Request, Series, Unit

DAY = timedelta(days=1)
MONDAY = datetime(2026, 2, 9, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
DAILY = Series("price_close/BTC/all/desk", Unit.PRICE, Kind.INTERVAL, DAY)
LATE = Series("etf_flow/BTC/us_spot/desk", Unit.USD, Kind.INTERVAL, DAY, delay=timedelta(hours=13))
SNAPSHOT = Series("option_open_interest/BTC/all/desk", Unit.USD, Kind.SNAPSHOT, DAY, delay=timedelta(hours=5))
MARK = Series("open_interest/BTC/all/desk", Unit.USD, Kind.INSTANT, DAY)
Values = Mapping[int, float]
BODY = (b"numbers", b"evidence")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return open_history(tmp_path / "reporter.sqlite")


def at(day: float) -> datetime:
    return MONDAY + day * DAY


def payload(name: str, fetched: datetime, key: str = "a.csv") -> Payload:
    body = name.encode()
    request = Request("desk", key=key, url=f"file:{key}")
    return Payload(hashlib.sha256(body).hexdigest(), request, fetched, 200, "text/csv", body)


def add(
    history: History,
    one: Payload,
    values: Values,
    series: Series = DAILY,
    *,
    parser: str = "one",
    live: bool = False,
) -> int:
    """Reads in a payload that says `values` by day; its lines count from 2."""
    rows = [Observation(series.id, at(day), value, one.id, line) for line, (day, value) in enumerate(values.items(), 2)]
    return history.add(one, parser, [series], rows, "live" if live else "whole")


def read(history: History, as_of: datetime = FOREVER, cut: datetime = FOREVER, series: Series = DAILY) -> Values:
    """The values by day as seen at `as_of` and known at `cut`."""
    window = history.rows(series, None, as_of).window(0, seconds(FOREVER), seconds(cut))
    assert np.isfinite(window.value).all()
    return {int((t - seconds(MONDAY)) / 86_400): float(v) for t, v in zip(window.at, window.value, strict=True)}


def kept(history: History) -> dict[int, bytes]:
    """The numbers kept of the weeks from MONDAY on."""
    return history.kept_weeks("definition", [seconds(at(7 * number)) for number in range(9)])


def stored(history: History) -> list[tuple[object, ...]]:
    """All rows of the table, payloads by their id."""
    query = (
        "select o.series, o.at, o.seen, o.known, o.value, p.id, p.key from observation o "
        "join payload p on p.number = o.payload order by 1, 2, 3, 6, 7"
    )
    with history.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


# ---- what was seen when ----------------------------------------------------------------------------------------------


def test_a_revision_is_a_new_row_and_the_old_value_stays_readable(history: History) -> None:
    assert add(history, payload("first", at(7)), {0: 1.0, 1: 2.0}) == 2
    assert add(history, payload("second", at(8)), {0: 1.0, 1: 2.5}) == 1
    assert read(history) == {0: 1.0, 1: 2.5}
    assert read(history, as_of=at(8)) == {0: 1.0, 1: 2.5}
    assert read(history, as_of=at(8) - timedelta(seconds=1)) == {0: 1.0, 1: 2.0}
    assert read(history, as_of=at(6)) == {}


def test_the_same_values_again_add_nothing(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0, 1: 2.0})
    assert add(history, payload("second", at(8)), {0: 1.0, 1: 2.0}) == 0
    assert len(stored(history)) == 2


def test_a_value_that_changes_back_is_the_newest_again(history: History) -> None:
    for name, day, value in (("first", 7, 1.0), ("second", 8, 2.0), ("first", 9, 1.0)):
        add(history, payload(name, at(day)), {0: value})
    assert [read(history, as_of=at(day)) for day in (7, 8, 9)] == [{0: 1.0}, {0: 2.0}, {0: 1.0}]


def test_two_payloads_of_one_second_keep_their_order(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0})
    add(history, payload("second", at(7)), {0: 2.0})
    assert read(history, as_of=at(7)) == {0: 2.0}


def test_an_old_payload_read_again_does_not_become_the_newest(history: History) -> None:
    old, new = payload("old", at(7)), payload("new", at(8))
    add(history, old, {0: 1.0, 1: 1.0})
    add(history, new, {0: 2.0, 1: 1.0, 2: 3.0})
    add(history, old, {0: 10.0, 1: 10.0}, parser="mended")
    assert read(history, as_of=at(7)) == {0: 10.0, 1: 10.0}
    assert read(history) == {0: 2.0, 1: 1.0, 2: 3.0}, "the newer payload still says what it said"


def test_a_payload_that_arrives_late_takes_its_own_place_in_time(history: History) -> None:
    add(history, payload("monday", at(7)), {0: 1.0, 1: 1.0})
    add(history, payload("wednesday", at(9)), {0: 1.0, 1: 1.0})
    add(history, payload("tuesday", at(8)), {0: 5.0, 3: 7.0})
    assert read(history, as_of=at(8)) == {0: 5.0, 3: 7.0}
    assert read(history, as_of=at(9)) == {0: 1.0, 1: 1.0}


def test_a_payload_read_again_by_a_mended_parser_is_no_revision(history: History) -> None:
    one = payload("file", at(7))
    add(history, one, {0: 1.0, 1: 2.0})
    assert history.has(one, "one")
    assert not history.has(one, "two")
    assert add(history, one, {0: 100.0, 1: 2.0}, parser="two") == 1
    assert history.has(one, "two")
    assert read(history, as_of=at(7)) == {0: 100.0, 1: 2.0}
    assert len(stored(history)) == 2
    assert list(history.payload_ids().values()) == [one.id]


def test_a_payload_read_again_without_a_row_loses_it(history: History) -> None:
    one = payload("file", at(7))
    add(history, one, {0: 1.0, 1: 2.0})
    add(history, one, {1: 2.0}, parser="two")
    assert read(history) == {1: 2.0}
    assert len(stored(history)) == 1


def test_a_live_answer_read_again_without_a_row_loses_it(history: History) -> None:
    one = payload("answer", at(7))
    add(history, one, {0: 1.0, 1: 2.0, 2: 3.0}, live=True)
    add(history, one, {1: 2.0}, parser="two", live=True)
    assert read(history) == {1: 2.0}


def test_another_file_read_in_does_not_count_as_read(history: History) -> None:
    one = payload("file", at(7))
    add(history, one, {0: 1.0})
    assert not history.has(payload("file", at(7), key="b.csv"), "one")
    assert not history.has(payload("file", at(8)), "one"), "the same body came back later"


# ---- what is withdrawn -----------------------------------------------------------------------------------------------


def test_a_row_that_a_file_no_longer_has_is_withdrawn(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0, 1: 2.0, 2: 3.0})
    assert add(history, payload("second", at(8)), {0: 1.0, 2: 3.0}) == 1
    assert read(history) == {0: 1.0, 2: 3.0}
    assert read(history, as_of=at(7)) == {0: 1.0, 1: 2.0, 2: 3.0}
    assert add(history, payload("third", at(9)), {0: 1.0, 2: 3.0}) == 0, "it is withdrawn once"
    assert add(history, payload("fourth", at(10)), {0: 1.0, 1: 2.0, 2: 3.0}) == 1, "and may come back"
    assert read(history) == {0: 1.0, 1: 2.0, 2: 3.0}


def test_a_live_answer_withdraws_nothing(history: History) -> None:
    add(history, payload("first", at(2)), {0: 1.0, 1: 2.0}, live=True)
    add(history, payload("second", at(3)), {1: 2.0, 2: 3.0}, live=True)
    add(history, payload("third", at(4)), {0: 1.0, 2: 3.0}, live=True)
    assert read(history) == {0: 1.0, 1: 2.0, 2: 3.0}


def test_one_file_does_not_withdraw_what_another_one_still_says(history: History) -> None:
    other = payload("b", at(7), key="b.csv")
    add(history, payload("a", at(7)), {0: 1.0, 1: 2.0})
    add(history, other, {1: 2.0, 2: 3.0})
    add(history, payload("a without day 1", at(8)), {0: 1.0})
    assert read(history) == {0: 1.0, 1: 2.0, 2: 3.0}
    rows = history.rows(DAILY, None, FOREVER)
    window = rows.window(seconds(at(1)), seconds(at(2)), seconds(FOREVER))
    assert window.input(history.payload_ids()).payload_ids == (other.id,)
    add(history, payload("b without day 1", at(9), key="b.csv"), {2: 3.0})
    assert read(history) == {0: 1.0, 2: 3.0}


def test_a_file_touched_elsewhere_does_not_take_a_value_back(history: History) -> None:
    add(history, payload("a", at(7)), {0: 1.0})
    add(history, payload("b", at(8), key="b.csv"), {0: 2.0})
    add(history, payload("a and more", at(9)), {0: 1.0, 5: 9.0})
    assert read(history) == {0: 2.0, 5: 9.0}


def test_the_span_of_a_series_leaves_out_what_was_withdrawn(history: History) -> None:
    add(history, payload("typing mistake", at(7)), {0: 1.0, 3: 2.0, 9000: 5.0})
    add(history, payload("mended", at(8)), {0: 1.0, 3: 2.0})
    assert history.span(FOREVER) == {DAILY.id: (at(0), at(3))}
    assert history.span(at(7)) == {DAILY.id: (at(0), at(9000))}
    assert history.span(at(6)) == {}


# ---- what the world could know ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "known"),
    [(DAILY, at(1)), (LATE, at(1) + timedelta(hours=13)), (MARK, at(0))],
    ids=["interval", "interval with delay", "instant"],
)
def test_a_backfilled_row_is_known_from_its_interval_and_delay_on(
    history: History, series: Series, known: datetime
) -> None:
    add(history, payload("file", at(300)), {0: 1.0}, series)
    assert read(history, cut=known, series=series) == {0: 1.0}
    assert read(history, cut=known - timedelta(seconds=1), series=series) == {}


def test_a_rolling_export_keeps_the_days_that_it_no_longer_has(history: History) -> None:
    first, second = payload("first", at(2)), payload("second", at(3))
    rows = [[Observation(DAILY.id, at(day), value, one.id) for day, value in values.items()]
            for one, values in ((first, {0: 1.0, 1: 2.0}), (second, {1: 2.5, 2: 3.0}))]  # fmt: skip
    for one, said in zip((first, second), rows, strict=True):
        history.add(one, "one", [DAILY], said, "rolling")
    assert read(history) == {0: 1.0, 1: 2.5, 2: 3.0}


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("series", "known"),
    [(DAILY, at(1)), (LATE, at(1) + timedelta(hours=13)), (MARK, at(0)), (SNAPSHOT, at(0))],
    ids=["interval", "interval with delay", "instant", "snapshot"],
)
def test_a_first_live_value_is_known_at_its_time_and_a_revision_when_it_was_seen(
    history: History, series: Series, known: datetime
) -> None:
    add(history, payload("answer", at(5)), {0: 1.0}, series, live=True)
    add(history, payload("the same", at(7)), {0: 1.0}, series, live=True)
    add(history, payload("revised", at(9)), {0: 2.0}, series, live=True)
    add(history, payload("back", at(11)), {0: 1.0}, series, live=True)
    cuts = (known - SECOND, known, at(9) - SECOND, at(9), at(11) - SECOND, at(11))
    assert [read(history, cut=cut, series=series) for cut in cuts] == [{}, *[{0: v} for v in (1.0, 1.0, 2.0, 2.0, 1.0)]]


def test_what_was_seen_before_its_time_is_known_from_then_on(history: History) -> None:
    early = at(1) + timedelta(hours=2)
    add(history, payload("answer", early), {0: 1.0}, LATE, live=True)
    assert read(history, cut=early - SECOND, series=LATE) == {}
    assert read(history, cut=early, series=LATE) == {0: 1.0}


def test_a_value_of_another_stream_is_no_revision_of_this_one(history: History) -> None:
    add(history, payload("answer", at(5)), {0: 1.0}, live=True)
    add(history, payload("other", at(9), key="b"), {0: 2.0}, live=True)
    assert read(history, cut=at(1)) == {0: 2.0}


@pytest.mark.parametrize("early", [1.0, 2.0], ids=["equal", "different"])
def test_an_answer_read_late_makes_revisions_only_of_what_differs(history: History, early: float) -> None:
    """A run was killed between keeping an answer and reading it; the next one read newer answers first."""
    add(history, payload("second", at(9)), {0: 2.0, 5: 5.0}, live=True)
    assert read(history, cut=at(6)) == {0: 2.0, 5: 5.0}
    add(history, payload("first", at(7)), {0: early, 1: 1.0}, live=True)
    assert read(history, cut=at(9) - SECOND) == {0: early, 1: 1.0, 5: 5.0}
    assert read(history, cut=at(9)) == {0: 2.0, 1: 1.0, 5: 5.0}
    add(history, payload("first", at(7)), {1: 1.0}, parser="two", live=True)
    assert read(history, cut=at(1)) == {0: 2.0}, "and nothing is revised any more"


def test_answers_after_one_that_was_read_late_are_to_be_read_again(history: History) -> None:
    """What they said again was not stored a second time, and nobody can tell any more."""
    first, second, third = (payload(name, at(day)) for name, day in (("first", 7), ("second", 8), ("third", 9)))
    add(history, first, {0: 1.0}, live=True)
    add(history, third, {0: 1.0}, live=True)
    assert not history.stale("desk", "one")
    add(history, second, {0: 2.0}, live=True)
    assert history.stale("desk", "one")
    assert [history.has(each, "one") for each in (first, second, third)] == [True, True, False]
    add(history, third, {0: 1.0}, live=True)
    assert not history.stale("desk", "one")
    assert [read(history, as_of=at(day)) for day in (7, 8, 9)] == [{0: 1.0}, {0: 2.0}, {0: 1.0}]
    assert [read(history, cut=at(day)) for day in (7, 8, 9)] == [{0: 1.0}, {0: 2.0}, {0: 1.0}]


def test_an_answer_read_late_that_changes_nothing_calls_for_no_reading(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0}, live=True)
    add(history, payload("third", at(9)), {0: 1.0}, live=True)
    add(history, payload("second", at(8)), {0: 1.0}, live=True)
    assert not history.stale("desk", "one")


def test_another_delay_moves_what_is_known_of_all_rows(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0})
    add(history, payload("answer", at(8), key="live"), {1: 1.0}, live=True)
    history.keep_weeks("definition", {seconds(MONDAY): BODY})
    slow = Series(DAILY.id, DAILY.unit, DAILY.kind, DAILY.cadence, delay=2 * DAY)
    add(history, payload("second", at(9)), {0: 1.0}, slow)
    assert read(history, cut=at(3) - timedelta(seconds=1)) == {}
    assert read(history, cut=at(3)) == {0: 1.0}
    assert read(history, cut=at(4) - SECOND) == {0: 1.0}
    assert read(history, cut=at(4)) == {0: 1.0, 1: 1.0}
    assert kept(history) == {}


def test_another_delay_moves_no_revision_and_nothing_beyond_when_it_was_seen(history: History) -> None:
    add(history, payload("file", at(2)), {0: 1.0})
    add(history, payload("answer", at(2), key="live"), {1: 1.0, 2: 1.0}, live=True)
    add(history, payload("revised", at(8), key="live"), {1: 2.0}, live=True)
    add(history, payload("another", at(6), key="other"), {1: 0.0}, live=True)
    for hours, known in ((48, (3, 2, 2, 4, 8)), (0, (1, 2, 2, 2, 8)), (24, (2, 2, 2, 3, 8))):
        described = Series(DAILY.id, DAILY.unit, DAILY.kind, DAILY.cadence, delay=timedelta(hours=hours))
        add(history, payload(f"{hours}", at(9), key="more"), {}, described)
        found = [(row[1], row[2], row[3]) for row in stored(history)]
        moments = [(0, 2), (1, 2), (2, 2), (1, 6), (1, 8)]
        expected = [(seconds(at(a)), seconds(at(s)), seconds(at(k))) for (a, s), k in zip(moments, known, strict=True)]
        assert sorted(found) == sorted(expected)


# ---- the newest moment -----------------------------------------------------------------------------------------------


def test_the_newest_moment_of_each_series_is_that_known_at_the_cut(history: History) -> None:
    add(history, payload("file", at(9)), {0: 1.0, 1: 2.0, 2: 3.0})
    add(history, payload("other", at(10), key="b.csv"), {0: 1.0, 4: 2.0}, MARK)
    assert history.newest(FOREVER, FOREVER) == {DAILY.id: at(2), MARK.id: at(4)}
    assert history.newest(FOREVER, at(2)) == {DAILY.id: at(1), MARK.id: at(0)}
    assert history.newest(at(9), FOREVER) == {DAILY.id: at(2)}
    assert history.newest(at(8), FOREVER) == history.newest(FOREVER, at(0) - SECOND) == {}


def test_a_withdrawn_moment_is_not_the_newest_unless_another_file_has_it(history: History) -> None:
    add(history, payload("file", at(7)), {0: 1.0, 1: 2.0, 2: 3.0, 9: 4.0})
    add(history, payload("other", at(7), key="b.csv"), {2: 3.0})
    add(history, payload("file without three days", at(8)), {0: 1.0})
    assert history.newest(FOREVER, FOREVER) == {DAILY.id: at(2)}
    add(history, payload("nothing", at(9), key="b.csv"), {})
    assert history.newest(FOREVER, FOREVER) == {DAILY.id: at(0)}
    assert history.newest(at(7), FOREVER) == {DAILY.id: at(9)}


# ---- answers without data --------------------------------------------------------------------------------------------


def refused(history: History, name: str, fetched: datetime, key: str = "a.csv", parser: str = "one") -> Payload:
    """An answer without data, for a reason of that name."""
    one = replace(payload(name, fetched, key), fault=name)
    history.refuse(one, parser)
    return one


def test_a_refused_answer_counts_as_read_and_says_nothing(history: History) -> None:
    add(history, payload("first", at(7)), {0: 1.0}, live=True)
    one = refused(history, "blocked", at(8))
    assert history.has(one, "one")
    assert not history.has(one, "two")
    assert history.stale("desk", "two")
    assert read(history) == {0: 1.0}
    assert history.last_seen() == at(8)
    assert history.faults(FOREVER, at(0)) == (("desk", "a.csv", "blocked", at(8)),)


def test_only_the_last_answer_of_a_stream_tells_its_fault(history: History) -> None:
    refused(history, "blocked", at(7))
    refused(history, "down", at(8), key="b")
    refused(history, "limited", at(9), key="b")
    assert [one.fault for one in history.faults(FOREVER, at(0))] == ["blocked", "limited"]
    add(history, payload("answer", at(10)), {0: 1.0}, live=True)
    assert [(one.key, one.fault, one.fetched) for one in history.faults(FOREVER, at(0))] == [("b", "limited", at(9))]
    assert [one.fault for one in history.faults(at(8), at(0))] == ["blocked", "down"]
    assert [one.key for one in history.faults(at(9), at(8))] == ["b"]
    assert history.faults(FOREVER, at(9) + SECOND) == ()
    assert history.faults(at(10), at(9) + SECOND) == ()


def test_the_moments_asked_for_are_included(history: History) -> None:
    refused(history, "blocked", at(7))
    assert len(history.faults(at(7), at(7))) == 1
    assert history.faults(at(7) - SECOND, at(0)) == history.faults(FOREVER, at(7) + SECOND) == ()


def test_an_answer_that_can_be_read_after_all_is_no_fault(history: History) -> None:
    one = refused(history, "what could not be read", at(7))
    add(history, replace(one, fault=""), {0: 1.0}, parser="two", live=True)
    assert history.faults(FOREVER, at(0)) == ()
    assert read(history) == {0: 1.0}


def test_an_answer_that_turns_out_to_hold_no_data_loses_its_rows(history: History) -> None:
    one = payload("an error under status 200", at(8))
    add(history, payload("first", at(7)), {0: 1.0}, live=True)
    add(history, one, {0: 0.0, 1: 0.0}, live=True)
    add(history, payload("third", at(9)), {0: 1.0}, live=True)
    history.keep_weeks("definition", {seconds(MONDAY): BODY})
    history.refuse(replace(one, fault="error"), "two")
    assert read(history) == {0: 1.0}
    assert kept(history) == {}
    assert len(history.payload_ids()) == 3


def test_a_refused_answer_keeps_its_fault_where_it_cannot_be_read_again(history: History) -> None:
    one = refused(history, "blocked", at(7))
    history.pass_over(one, "two")
    assert history.has(one, "two")
    assert [found.fault for found in history.faults(FOREVER, at(0))] == ["blocked"]


def test_a_refused_answer_stands_between_no_files(history: History) -> None:
    """Rows are withdrawn and kept as if it had never come."""
    add(history, payload("first", at(7)), {0: 1.0, 1: 1.0})
    refused(history, "down", at(8))
    add(history, payload("third", at(9)), {0: 1.0, 1: 2.0})
    add(history, payload("first", at(7)), {0: 5.0}, parser="two")
    assert [read(history, as_of=at(day)) for day in (7, 8, 9)] == [{0: 5.0}, {0: 5.0}, {0: 1.0, 1: 2.0}]


# ---- what the archive no longer has ----------------------------------------------------------------------------------


def test_a_source_that_is_settled_is_not_stale(history: History) -> None:
    gone, there = payload("gone", at(7)), payload("there", at(8))
    add(history, gone, {0: 1.0})
    add(history, there, {0: 2.0}, parser="two")
    other = Payload("other", Request("other", key="a", url="file:a"), at(7), 200, "", b"")
    history.pass_over(other, "one")
    assert history.stale("desk", "two")
    history.settle("desk", "two")
    assert not history.stale("desk", "two")
    assert history.has(gone, "two")
    assert [read(history, as_of=at(day)) for day in (7, 8)] == [{0: 1.0}, {0: 2.0}]
    assert history.stale("other", "two"), "no other source is"


# ---- windows ---------------------------------------------------------------------------------------------------------


def table(*rows: tuple[int, int, int, float, int]) -> Rows:
    """Rows of (at, seen, known, value, payload)."""
    at_, seen, known, value, number = zip(*rows, strict=True)
    ints = [np.array(column, dtype=np.int64) for column in (at_, seen, known, number)]
    return Rows(DAILY, ints[0], ints[1], ints[2], np.array(value), ints[3])


def test_a_window_is_half_open() -> None:
    window = table(*((t, 1, t, float(t), 1) for t in (10, 20, 30))).window(10, 30, 100)
    assert window.at.tolist() == [10, 20]
    assert window.value.tolist() == [10.0, 20.0]


def test_a_window_holds_the_last_revision_known_at_the_cut() -> None:
    rows = table((10, 1, 11, 1.0, 1), (10, 2, 50, 2.0, 2), (20, 1, 21, 3.0, 1), (20, 2, 21, 4.0, 2))
    early, late = rows.window(0, 100, 49), rows.window(0, 100, 50)
    assert (early.value.tolist(), early.payload.tolist()) == ([1.0, 4.0], [1, 2])
    assert (late.value.tolist(), late.payload.tolist()) == ([2.0, 4.0], [2, 2])


def test_a_withdrawn_row_is_in_no_window() -> None:
    rows = table((10, 1, 11, 1.0, 1), (10, 2, 11, math.nan, 2), (20, 1, 21, math.nan, 1), (20, 2, 21, 5.0, 2))
    window = rows.window(0, 100, 100)
    assert (window.at.tolist(), window.value.tolist()) == ([20], [5.0])


def test_an_empty_series_has_an_empty_window(history: History) -> None:
    assert len(history.rows(DAILY, None, FOREVER).window(0, 100, 100)) == 0


def test_rows_are_read_from_a_moment_on(history: History) -> None:
    add(history, payload("file", at(7)), {0: 1.0, 1: 2.0})
    assert history.rows(DAILY, at(1), FOREVER).value.tolist() == [2.0]


def test_an_input_names_its_rows_and_payloads(history: History) -> None:
    first, second = payload("first", at(7)), payload("second", at(8))
    add(history, first, {0: 1.0, 1: 2.0, 2: 3.0})
    add(history, second, {0: 1.0, 1: 2.5, 2: 3.0})
    window = history.rows(DAILY, None, FOREVER).window(seconds(at(0)), seconds(at(3)), seconds(FOREVER))
    assert window.input(history.payload_ids()) == Input(DAILY.id, at(0), at(2), 3, tuple(sorted((first.id, second.id))))


# ---- evidence --------------------------------------------------------------------------------------------------------


def test_evidence_is_the_row_the_line_and_the_file(history: History) -> None:
    one = payload("file", at(7), key="flows/btc.csv")
    add(history, one, {0: 1.0, 1: 2.5})
    found = history.evidence(Input(DAILY.id, at(0), at(1), 2, (one.id,)))
    common = {"source": "desk", "file": "flows/btc.csv", "payload": one.id}
    assert found == [
        {"at": at(0), "value": 1.0, "line": 2, **common},
        {"at": at(1), "value": 2.5, "line": 3, **common},
    ]


def test_evidence_shows_what_stood_when_it_was_read(history: History) -> None:
    first, second = payload("first", at(7)), payload("second", at(8))
    add(history, first, {0: 1.0, 1: 2.0, 2: 3.0})
    add(history, second, {0: 1.5, 2: 3.0})
    then = history.evidence(Input(DAILY.id, at(0), at(2), 3, (first.id,)), as_of=at(7), cut=FOREVER)
    now = history.evidence(Input(DAILY.id, at(0), at(2), 2, (first.id, second.id)), as_of=at(8), cut=FOREVER)
    assert [(row["value"], row["payload"]) for row in then] == [(v, first.id) for v in (1.0, 2.0, 3.0)]
    assert [(row["value"], row["payload"]) for row in now] == [(1.5, second.id), (3.0, first.id)]


def test_evidence_leaves_out_what_was_not_known_at_the_cut(history: History) -> None:
    first, second = payload("first", at(2)), payload("second", at(9))
    add(history, first, {0: 1.0}, live=True)
    add(history, second, {0: 2.0}, live=True)
    used = Input(DAILY.id, at(0), at(0), 1, (first.id,))
    assert [row["value"] for row in history.evidence(used, as_of=FOREVER, cut=at(5))] == [1.0]


def test_evidence_is_cut_off_after_whole_rows(history: History) -> None:
    first, second = payload("first", at(7)), payload("second", at(8))
    add(history, first, {0: 1.0, 1: 2.0, 2: 3.0})
    add(history, second, {0: 1.5, 1: 2.5, 2: 3.5})
    used = Input(DAILY.id, at(0), at(2), 3, (second.id, first.id))
    assert [row["value"] for row in history.evidence(used, most=2)] == [1.5, 2.5]


# ---- kept weeks ------------------------------------------------------------------------------------------------------


def test_kept_weeks_last_until_an_earlier_row_changes(history: History) -> None:
    weeks = [seconds(at(7 * n)) for n in range(4)]
    add(history, payload("first", at(30)), dict.fromkeys(range(28), 1.0))
    history.keep_weeks("definition", dict.fromkeys(weeks, BODY))
    assert add(history, payload("again", at(31)), dict.fromkeys(range(28), 1.0)) == 0
    assert sorted(kept(history)) == weeks
    add(history, payload("revised", at(32)), {n: 2.0 if n == 18 else 1.0 for n in range(28)})
    assert sorted(kept(history)) == weeks[:2], "day 18 lies in the third week"


def test_a_row_at_the_end_of_a_week_belongs_to_it(history: History) -> None:
    history.keep_weeks("definition", {seconds(at(0)): BODY})
    add(history, payload("mark", at(8)), {7: 1.0}, MARK)
    assert kept(history) == {}


def test_a_withdrawn_row_and_one_lost_to_a_parser_end_kept_weeks(history: History) -> None:
    one = payload("first", at(9))
    add(history, one, {0: 1.0, 1: 1.0})
    history.keep_weeks("definition", {seconds(at(0)): BODY})
    add(history, one, {0: 1.0}, parser="two")
    assert kept(history) == {}
    history.keep_weeks("definition", {seconds(at(0)): BODY})
    add(history, payload("empty", at(10)), {})
    assert kept(history) == {}


def test_weeks_are_kept_under_their_definition(history: History) -> None:
    week = seconds(at(0))
    history.keep_weeks("one", {week: (b"1", b"rows")})
    assert history.kept_weeks("one", [week]) == {week: b"1"}
    assert history.kept_evidence("one", [week]) == {week: b"rows"}
    assert history.kept_weeks("two", [week]) == history.kept_evidence("two", [week]) == {}
    history.keep_weeks("one", {})
    history.keep_weeks("one", {week: (b"2", b"others")})
    assert history.kept_weeks("one", [week]) == {week: b"2"}
    assert history.kept_evidence("one", [week]) == {week: b"others"}


def test_only_the_weeks_asked_for_are_read(history: History) -> None:
    weeks = {seconds(at(7 * number)): (b"%d" % number, b"rows of %d" % number) for number in range(5000)}
    history.keep_weeks("one", weeks)
    some = [seconds(at(7 * number)) for number in (3, 4999, 6000)]
    assert history.kept_weeks("one", some) == {some[0]: b"3", some[1]: b"4999"}
    assert history.kept_evidence("one", some) == {some[0]: b"rows of 3", some[1]: b"rows of 4999"}
    assert history.kept_weeks("one", weeks) == {week: numbers for week, (numbers, _) in weeks.items()}
    assert history.kept_weeks("one", []) == {}


def test_payloads_are_named_by_their_numbers(history: History) -> None:
    ones = [payload(f"{number}", at(number)) for number in range(4)]
    for one in ones:
        add(history, one, {0: 1.0})
    every = history.payload_ids()
    assert list(every.values()) == [one.id for one in ones]
    some = sorted(every)[1:3]
    assert history.payload_names([*some, *some, 99]) == {number: every[number] for number in some}
    assert history.payload_names(range(10_000)) == every
    assert history.payload_names([]) == {}


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused_and_nothing_is_kept(history: History, value: float) -> None:
    with pytest.raises(ParseError, match=r"^price_close/BTC/all/desk: (nan|-?inf) at 2026-02-10 00:00; expected"):
        add(history, payload("file", at(7)), {0: 1.0, 1: value})
    assert stored(history) == []
    assert history.payload_ids() == {}
    assert history.series() == ()


def test_two_values_of_one_moment_in_a_payload_are_refused(history: History) -> None:
    one = payload("file", at(7))
    twice = [Observation(DAILY.id, at(0), value, one.id) for value in (1.0, 1.0, 2.0)]
    assert history.add(one, "one", [DAILY], twice[:2]) == 1
    with pytest.raises(ParseError, match=r"1\.0 and 2\.0 at 2026-02-09 00:00 in one payload"):
        history.add(one, "two", [DAILY], twice)
    assert history.has(one, "one"), "what failed left no trace"


def test_a_moment_without_a_time_zone_is_refused(history: History) -> None:
    one = payload("file", at(7))
    with pytest.raises(ValueError, match="without a time zone"):
        history.add(one, "one", [DAILY], [Observation(DAILY.id, datetime(2026, 2, 9), 1.0, one.id)])  # noqa: DTZ001


# ---- series and moments ----------------------------------------------------------------------------------------------


def test_series_come_back_as_they_were_described(history: History) -> None:
    assert history.first_at() is None
    assert history.last_seen() == datetime(1970, 1, 1, tzinfo=UTC)
    described = Series(LATE.id, LATE.unit, LATE.kind, LATE.cadence, LATE.delay, "Farside", "for own use")
    add(history, payload("file", at(7)), {0: 1.0, 3: 2.0}, described)
    add(history, payload("other", at(9), key="b"), {1: 1.0}, DAILY)
    assert history.series() == (described, DAILY)
    assert (history.first_at(), history.last_seen()) == (at(0), at(9))


def test_what_was_written_is_there_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "a folder?mode=memory#1" / "reporter.sqlite"
    add(open_history(path), payload("file", at(7)), {0: 1.0})
    assert path.is_file()
    assert read(open_history(path)) == {0: 1.0}


# ---- against a model -------------------------------------------------------------------------------------------------

KEYS = ("a.csv", "b.csv")
said = st.dictionaries(st.integers(0, 3), st.sampled_from([0.0, 1.0, -2.5]), max_size=4)
steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(KEYS), said), min_size=1, max_size=12)
Said = dict[tuple[str, int], Values]


def model(statements: Said, as_of: int) -> Values:
    """What files say together: of each day the value that was changed last among the files that have the day."""
    found: dict[int, tuple[int, str, float]] = {}
    for key in KEYS:
        mine = [(turn, values) for (k, turn), values in sorted(statements.items()) if k == key and turn <= as_of]
        for day, value in mine[-1][1].items() if mine else ():
            run = [turn for turn, values in mine if values.get(day) != value]
            since = min(turn for turn, _ in mine if not run or turn > max(run))
            found[day] = max(found.get(day, (-1, "", 0.0)), (since, key, value))
    return {day: value for day, (_, _, value) in sorted(found.items())}


def moment_of(turn: int, key: str) -> datetime:
    return at(7) + timedelta(seconds=10 * turn + KEYS.index(key))


@given(steps)
def test_any_sequence_of_readings_ends_as_a_dict_would(taken: Sequence[tuple[int, str, Values]]) -> None:
    """Each step reads in the payload a file had at a turn, in any order, perhaps again and otherwise than before."""
    history = History(sa.create_engine("sqlite://"), "memory")
    tables.create_all(history.engine)
    statements: Said = {}
    for number, (turn, key, values) in enumerate(taken):
        add(history, payload(f"{key} {turn}", moment_of(turn, key), key), values, parser=str(number))
        statements[key, turn] = values
        for as_of in range(6):
            assert read(history, as_of=moment_of(as_of, KEYS[-1])) == model(statements, as_of)
    fresh = History(sa.create_engine("sqlite://"), "memory")
    tables.create_all(fresh.engine)
    for (key, turn), values in sorted(statements.items()):
        add(fresh, payload(f"{key} {turn}", moment_of(turn, key), key), values)
    assert stored(history) == stored(fresh), "the rows depend on the statements, not on the order of reading"


turns = st.lists(st.tuples(st.integers(0, 5), said), min_size=1, max_size=8)


def live_model(statements: Mapping[int, Values], as_of: int, cut: datetime) -> Values:
    """Of each day the last value that was known: the first one from its day's end on, another from its turn on."""
    found: dict[int, float] = {}
    for day in range(4):
        last = None
        for turn, values in sorted(statements.items()):
            if turn <= as_of and (value := values.get(day)) is not None and value != last:
                seen = moment_of(turn, KEYS[0])
                if (seen if last is not None else min(at(day + 1), seen)) <= cut:
                    found[day] = value
                last = value
    return found


@given(turns, st.permutations(range(6)))
def test_live_answers_end_the_same_in_whatever_order_they_were_read(
    taken: Sequence[tuple[int, Values]], order: Sequence[int]
) -> None:
    """Each step reads in an answer, in any order, perhaps again and otherwise; what is stale is then read again."""
    statements = dict(taken)
    fresh, mixed = (History(sa.create_engine("sqlite://"), "memory") for _ in range(2))
    for each in (fresh, mixed):
        tables.create_all(each.engine)
    for turn, values in taken:
        add(mixed, payload(str(turn), moment_of(turn, KEYS[0])), values, live=True)
    for turn in order:
        if turn in statements:
            add(mixed, payload(str(turn), moment_of(turn, KEYS[0])), statements[turn], live=True)
    for turn, values in sorted(statements.items()):
        one = payload(str(turn), moment_of(turn, KEYS[0]))
        if not mixed.has(one, "one"):
            add(mixed, one, values, live=True)
        add(fresh, one, values, live=True)
    assert not mixed.stale("desk", "one")
    assert stored(mixed) == stored(fresh)
    for as_of in range(6):
        for cut in (at(0), at(2), at(4), *(moment_of(turn, KEYS[0]) for turn in range(6))):
            found = read(mixed, as_of=moment_of(as_of, KEYS[0]), cut=cut)
            assert found == live_model(statements, as_of, cut)


@given(steps, st.sampled_from([0, 2, 4, 9]), st.integers(0, 6))
def test_the_newest_moment_is_that_of_the_last_row_that_is_read(
    taken: Sequence[tuple[int, str, Values]], day: int, turn: int
) -> None:
    history = History(sa.create_engine("sqlite://"), "memory")
    tables.create_all(history.engine)
    for number, (when, key, values) in enumerate(taken):
        add(history, payload(f"{key} {when}", moment_of(when, key), key), values, parser=str(number))
    as_of, cut = moment_of(turn, KEYS[0]), at(day)
    found = read(history, as_of=as_of, cut=cut)
    assert history.newest(as_of, cut) == ({DAILY.id: at(max(found))} if found else {})


# ---- a bad disk ------------------------------------------------------------------------------------------------------


def write_many(path: Path, key: str) -> None:
    history = open_history(path)
    for n in range(20):
        add(history, payload(f"{key} {n}", at(7 + n), key), {day: float(n) for day in range(10)})


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "reporter.sqlite"
    writers = [context.Process(target=write_many, args=(path, f"{n}.csv")) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    history = open_history(path)
    assert len(history.series()) == 1
    assert len(history.payload_ids()) == 40
    assert len(stored(history)) == 400


def test_two_processes_reading_in_the_same_payload_keep_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "reporter.sqlite"
    writers = [context.Process(target=write_many, args=(path, "same.csv")) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(stored(open_history(path))) == 200


def test_a_file_that_is_no_database_is_said_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "reporter.sqlite"
    path.write_bytes(b"Date,Price\n2026-02-09,69812\n" * 100)
    with pytest.raises(StoreError, match=r"^reporter\.sqlite: .*not a database.*$") as problem:
        open_history(path)
    assert "\n" not in str(problem.value)
    assert path.read_bytes().startswith(b"Date,Price"), "somebody's file is left alone"


def test_a_damaged_database_is_said_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "reporter.sqlite"
    history = open_history(path)
    add(history, payload("file", at(7)), {n: float(n) for n in range(2000)})
    history.engine.dispose()
    body = bytearray(path.read_bytes())
    body[8192:] = b"\xff" * (len(body) - 8192)
    path.write_bytes(body)
    with pytest.raises(StoreError, match=r"^reporter\.sqlite: [^\n]+$"):
        read(open_history(path))


@pytest.mark.parametrize("version", [str(SCHEMA + 1), "two"])
def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path, version: str) -> None:
    path = tmp_path / "reporter.sqlite"
    history = open_history(path)
    with history.engine.begin() as connection:
        connection.execute(sa.text("update meta set value = :v where key = 'schema'"), {"v": version})
    with pytest.raises(StoreError, match=rf"schema {version}, known {SCHEMA}\); update reporter"):
        open_history(path)


def test_a_data_folder_under_a_file_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match=r"data: File exists; the data folder must be writable"):
        open_history(tmp_path / "data" / "reporter.sqlite")
    with pytest.raises(StoreError, match=r"Not a directory"):
        open_history(tmp_path / "data" / "deeper" / "reporter.sqlite")


FULL = """
import resource, sys
from pathlib import Path
from reporter.errors import StoreError
from reporter.history import open_history
from tests.test_history import add, at, payload
history = open_history(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    add(history, payload("too much", at(8)), {n: n / 7 for n in range(20000)})
except StoreError as problem:
    print(problem)
"""


def test_a_full_disk_is_said_in_a_line_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reporter.sqlite"
    add(open_history(path), payload("small", at(7)), {0: 1.0, 1: 2.0})
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    limit = str(max(sizes) + resource.getpagesize())
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", FULL, path, limit], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1, done
    assert done.stdout.startswith("reporter.sqlite: the history cannot be used (")
    assert read(open_history(path)) == {0: 1.0, 1: 2.0}
    assert sqlite3.connect(path).execute("pragma integrity_check").fetchall() == [("ok",)]


def test_midnight_is_where_a_day_begins() -> None:
    assert seconds(midnight(MONDAY.date())) == seconds(MONDAY)
