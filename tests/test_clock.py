"""Weeks and moments: ISO weeks in UTC, whatever the machine's time zone is."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import clock
from reporter.errors import ConfigError
from reporter.model import Week

ROOT = Path(__file__).resolve().parent.parent
W07 = datetime(2026, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
moments = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  with a zone


# ---- labels ----------------------------------------------------------------------------------------------------------


def test_every_week_of_two_decades_reads_back_from_its_label() -> None:
    week = clock.parse_week("2015-W01")
    seen = []
    while week.start.isocalendar().year <= 2035:
        assert clock.parse_week(week.label) == week
        assert week.start.weekday() == 0
        assert week.end - week.start == timedelta(days=7)
        assert week.shifted(1).previous == week
        seen.append(week.label)
        week = week.shifted(1)
    assert len(set(seen)) == len(seen) == 1096
    assert [label for label in seen if label.endswith("W53")] == ["2015-W53", "2020-W53", "2026-W53", "2032-W53"]


@pytest.mark.parametrize(
    ("label", "monday"),
    [
        ("2026-W07", date(2026, 2, 9)),
        ("2026-W01", date(2025, 12, 29)),
        ("2025-W01", date(2024, 12, 30)),
        ("2026-W53", date(2026, 12, 28)),
        ("2021-W01", date(2021, 1, 4)),
        ("2020-W53", date(2020, 12, 28)),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(label: str, monday: date) -> None:
    week = clock.parse_week(label)
    assert (week.start, week.label) == (clock.midnight(monday), label)
    assert week.last_day == monday + timedelta(days=6)


@pytest.mark.parametrize(
    "text", ["2026-W07", "2026-w7", "2026W07", " 2026-W07 ", "2026-02-09", "2026-02-15", "2026-W07-3"]
)
def test_a_week_is_named_by_its_label_or_a_day_of_it(text: str) -> None:
    assert clock.parse_week(text) == Week(W07)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "W07",
        "2026",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-02-30",
        "last",
        "0001-W01",
        "9999-W52",
        "2026-W07x",
        "x" * 500,
    ],
)
def test_what_is_no_week_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError) as problem:
        clock.parse_week(text)
    assert str(problem.value) == f"--week: {text!r} is no week; give an ISO week such as 2026-W07, or a day of it"


# ---- the last week ---------------------------------------------------------------------------------------------------


def test_a_week_is_the_last_one_from_its_cut_on() -> None:
    week = Week(W07)
    assert week.cut == datetime(2026, 2, 16, 14, tzinfo=UTC)
    assert clock.last_week(week.cut) == week
    assert clock.last_week(week.cut - SECOND) == week.previous
    assert clock.last_week(week.cut + SECOND) == week
    assert clock.last_week(week.end) == week.previous, "its last data are not final yet"


def test_the_lag_moves_the_cut_and_stays_with_the_week() -> None:
    none, two_days = timedelta(0), timedelta(days=2)
    assert clock.last_week(Week(W07).end, none) == Week(W07, none)
    assert clock.last_week(Week(W07).end - SECOND, none) == Week(W07, none).previous
    assert clock.last_week(datetime(2026, 2, 17, 23, 59, tzinfo=UTC), two_days) == Week(W07, two_days).previous
    assert clock.parse_week("2026-W07", two_days).cut == datetime(2026, 2, 18, tzinfo=UTC)
    assert clock.parse_week("2026-W07", two_days).previous.lag == two_days


@given(moments, st.integers(0, 7 * 24))
def test_the_last_week_is_over_and_the_next_one_is_not(moment: datetime, hours: int) -> None:
    week = clock.last_week(moment, timedelta(hours=hours))
    assert week.cut <= moment < week.shifted(1).cut


@given(moments)
def test_a_moment_lies_in_its_week(moment: datetime) -> None:
    week = clock.week_of(moment)
    assert week.start <= moment < week.end


# ---- time zones ------------------------------------------------------------------------------------------------------


def test_a_moment_is_placed_by_utc_in_whatever_zone_it_is_told() -> None:
    sunday_evening = datetime(2026, 2, 15, 20, tzinfo=ZoneInfo("America/New_York"))  # Monday 01:00 in UTC
    assert clock.week_of(sunday_evening).label == "2026-W08"
    monday_morning = datetime(2026, 2, 9, 8, tzinfo=ZoneInfo("Asia/Tokyo"))  # Sunday 23:00 in UTC
    assert clock.week_of(monday_morning).label == "2026-W06"


@pytest.mark.parametrize("label", ["2026-W10", "2026-W13", "2026-W43", "2026-W44"])
def test_a_week_has_168_hours_when_clocks_change(label: str) -> None:
    week = clock.parse_week(label)
    assert clock.seconds(week.end) - clock.seconds(week.start) == 168 * 3600
    assert (week.end.hour, week.end.tzinfo) == (0, UTC)


ASK = """
from reporter import clock
week = clock.parse_week("2026-W13")
print(week.start.isoformat(), clock.seconds(week.start), clock.parse_moment("2026-03-29T02:30").isoformat(),
      clock.moment(1774751400).isoformat(), clock.last_week(week.cut).label, clock.now().tzinfo)
"""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Europe/Berlin"])
def test_the_machines_time_zone_changes_nothing(zone: str) -> None:
    environment = {**os.environ, "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "2026-03-23T00:00:00+00:00",
        "1774224000",
        "2026-03-29T02:30:00+00:00",
        "2026-03-29T02:30:00+00:00",
        "2026-W13",
        "UTC",
    ]


def test_a_moment_without_a_zone_is_not_guessed() -> None:
    naive = datetime(2026, 2, 9)  # noqa: DTZ001
    for reads in (clock.seconds, clock.week_of):
        with pytest.raises(ValueError, match="2026-02-09 00:00:00 is a moment without a time zone"):
            reads(naive)


# ---- moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-16T14:00", datetime(2026, 2, 16, 14, tzinfo=UTC)),
        ("2026-02-16", datetime(2026, 2, 16, tzinfo=UTC)),
        (" 2026-02-16 14:00:30 ", datetime(2026, 2, 16, 14, 0, 30, tzinfo=UTC)),
        ("2026-02-16T14:00Z", datetime(2026, 2, 16, 14, tzinfo=UTC)),
        ("2026-02-16T14:00-05:00", datetime(2026, 2, 16, 19, tzinfo=UTC)),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str, expected: datetime) -> None:
    assert clock.parse_moment(text) == expected
    assert clock.parse_moment(text).tzinfo == UTC


@pytest.mark.parametrize("text", ["", "soon", "2026-02-16T25:00", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_said_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError) as problem:
        clock.parse_moment(text)
    assert str(problem.value) == f"--as-of: {text!r} is no moment; give one such as 2026-02-16T14:00"


@given(moments)
def test_seconds_and_moments_read_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert clock.moment(clock.seconds(whole)) == whole
    assert clock.seconds(whole.astimezone(timezone(timedelta(hours=-9.5)))) == clock.seconds(whole)


def test_now_is_in_utc_and_to_the_second() -> None:
    assert (clock.now().tzinfo, clock.now().microsecond) == (UTC, 0)


# ---- lengths of time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"), [("3y", 1095), ("18m", 540), ("30w", 210), ("90d", 90), (" 1d ", 1), ("007d", 7)]
)
def test_a_length_of_time_is_counted_back_from_now(monkeypatch: pytest.MonkeyPatch, text: str, days: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: W07)
    assert clock.ago(text) == W07 - timedelta(days=days)


@pytest.mark.parametrize(
    "text", ["", "3", "y", "3 y", "3Y", "-3y", "1.5y", "3years", "3h", "99999d", "0d", "0000y", "٣d"]
)
def test_what_is_no_length_of_time_is_said_with_examples(text: str) -> None:
    with pytest.raises(ConfigError) as problem:
        clock.ago(text)
    assert str(problem.value) == f"--keep: {text!r} is no length of time; give one such as 3y, 18m, 30w or 90d"


def test_a_length_of_time_that_goes_back_before_all_dates_is_too_long() -> None:
    with pytest.raises(ConfigError) as problem:
        clock.ago("9999y")
    assert str(problem.value) == "--keep: '9999y' is longer than there are dates; give one such as 3y"
