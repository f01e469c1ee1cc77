"""Trading sessions, against calendars written down by hand from the exchange's announcements."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reporter.sessions import LAUNCHES, flow_sessions, is_session

DAY = timedelta(days=1)
CLOSED = {
    2024: ["01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "11-28", "12-25"],
    # January 9, 2025: a national day of mourning
    2025: ["01-01", "01-09", "01-20", "02-17", "04-18", "05-26", "06-19", "07-04", "09-01", "11-27", "12-25"],
    # July 4, 2026 is a Saturday
    2026: ["01-01", "01-19", "02-16", "04-03", "05-25", "06-19", "07-03", "09-07", "11-26", "12-25"],
}
SESSIONS = {2024: 252, 2025: 250, 2026: 251}  # as the exchange counts them


@pytest.mark.parametrize("year", sorted(CLOSED))
def test_a_year_has_its_sessions(year: int) -> None:
    days = [date(year, 1, 1) + n * DAY for n in range(365 + (year % 4 == 0))]
    closed = [day for day in days if day.weekday() < 5 and not is_session(day)]
    assert [f"{day:%m-%d}" for day in closed] == CLOSED[year]
    assert sum(map(is_session, days)) == SESSIONS[year]


@pytest.mark.parametrize("day", ["2026-02-14", "2026-02-15", "2026-07-04"])
def test_a_weekend_has_no_session(day: str) -> None:
    assert not is_session(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "session"),
    [
        ("2021-12-31", True),  # New Year's Day of 2022 is a Saturday, and not kept on the Friday before
        ("2023-01-02", False),  # New Year's Day of 2023 is a Sunday
        ("2021-12-24", False),  # Christmas of 2021 is a Saturday
        ("2022-12-26", False),  # Christmas of 2022 is a Sunday
        ("2021-06-18", True),  # Juneteenth was first kept in 2022
        ("2022-06-20", False),  # a Sunday then
        ("2027-06-18", False),  # a Saturday then
        ("2021-07-05", False),
        ("2018-12-05", False),  # a national day of mourning
        ("2025-11-28", True),  # closes early, but trades
        ("2023-04-07", False),  # Good Friday
        ("2038-04-23", False),  # the latest Good Friday there can be
        ("2026-04-06", True),  # Easter Monday
    ],
)
def test_a_day_that_is_easily_taken_for_another(day: str, session: bool) -> None:
    assert is_session(date.fromisoformat(day)) is session


@pytest.mark.parametrize(("asset", "launch"), [("BTC", "2024-01-11"), ("ETH", "2024-07-23"), ("SOL", "2025-10-28")])
def test_a_fund_has_no_session_before_its_launch(asset: str, launch: str) -> None:
    first = date.fromisoformat(launch)
    assert LAUNCHES[asset] == first
    assert flow_sessions(asset, first - 30 * DAY, first) == ()
    assert flow_sessions(asset, first - 30 * DAY, first + DAY) == (first,)


def test_sessions_are_those_of_a_half_open_stretch() -> None:
    monday, tuesday = date(2026, 2, 9), date(2026, 2, 10)
    assert flow_sessions("BTC", monday, date(2026, 2, 16)) == tuple(monday + n * DAY for n in range(5))
    assert flow_sessions("BTC", monday, tuesday) == (monday,)
    assert flow_sessions("BTC", monday, monday) == ()
    assert flow_sessions("BTC", tuesday, monday) == ()
    # Presidents' Day is the Monday of the next week
    assert flow_sessions("BTC", date(2026, 2, 16), date(2026, 2, 23)) == tuple(date(2026, 2, 17 + n) for n in range(4))


def test_an_asset_of_unknown_launch_has_every_session() -> None:
    assert len(flow_sessions("DOGE", date(2024, 1, 1), date(2025, 1, 1))) == SESSIONS[2024]
