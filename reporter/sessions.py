"""The trading sessions of US exchanges, on which spot ETFs trade, and the days their flows begin.

Rules of the New York Stock Exchange: a holiday on a Saturday is kept on the Friday before (but no New Year's Day is),
one on a Sunday on the Monday after. One-off closures are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

LAUNCHES: Mapping[str, date] = {
    "BTC": date(2024, 1, 11),
    "ETH": date(2024, 7, 23),
    "SOL": date(2025, 10, 28),
}
NO_FUND = "no US spot fund yet"
CLOSURES = frozenset({date(2018, 12, 5), date(2025, 1, 9)})
FIRST_JUNETEENTH = 2022
MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6


def is_session(day: date) -> bool:
    """Whether US exchanges trade on this day."""
    return day.weekday() < SATURDAY and day not in CLOSURES and day not in _holidays(day.year)


def flow_sessions(asset: str, first: date, end: date) -> tuple[date, ...]:
    """The sessions of [first, end) for which the asset's spot funds report a flow; none before the first fund's
    launch."""
    launch = LAUNCHES.get(asset, first)
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return tuple(day for day in days if day >= launch and is_session(day))


@cache
def _holidays(year: int) -> frozenset[date]:
    fixed = [date(year, 7, 4), date(year, 12, 25)]
    if year >= FIRST_JUNETEENTH:
        fixed.append(date(year, 6, 19))
    new_year = date(year, 1, 1)
    movable = [
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        _easter(year) - timedelta(days=2),
        _last_monday_of_may(year),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 11, THURSDAY, 4),
    ]
    kept = new_year + timedelta(days=1) if new_year.weekday() == SUNDAY else new_year
    return frozenset([kept, *map(_observed, fixed), *movable])


def _observed(day: date) -> date:
    shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    return date(year, month, (h + m - 7 * n + 33 * month + 19) % 32)
