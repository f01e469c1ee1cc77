"""The only reader of the clock, and the maker of weeks, days and instants: all of them UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from reporter.errors import ConfigError
from reporter.model import Week

LAG = timedelta(hours=14)
YEARS = range(1970, 9000)  # so that weeks before and after can be computed


def now() -> datetime:
    """The present moment in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def week_of(moment: datetime, lag: timedelta = LAG) -> Week:
    """The week in which `moment` lies."""
    seconds(moment)
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Week(day - timedelta(days=day.weekday()), lag)


def last_week(moment: datetime, lag: timedelta = LAG) -> Week:
    """The last week whose cut has passed at `moment`."""
    week = week_of(moment, lag).previous
    return week if week.cut <= moment else week.previous


def parse_week(text: str, lag: timedelta = LAG) -> Week:
    """`2026-W07`, or any day of it as `2026-02-11`. Raises ConfigError for anything else."""
    try:
        if match := re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip(), re.IGNORECASE):
            day = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        else:
            day = date.fromisoformat(text.strip())
        if day.year not in YEARS:
            raise ValueError(day.year)
    except ValueError:
        raise ConfigError(f"--week: {text!r} is no week; give an ISO week such as 2026-W07, or a day of it") from None
    return week_of(midnight(day), lag)


def parse_moment(text: str) -> datetime:
    """`2026-02-16T14:00` or `2026-02-16`, in UTC unless it names an offset. Raises ConfigError."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigError(f"--as-of: {text!r} is no moment; give one such as 2026-02-16T14:00") from None


def ago(text: str) -> datetime:
    """The moment `3y`, `18m`, `30w` or `90d` before now; a year has 365 days and a month 30. Raises ConfigError."""
    match = re.fullmatch(r"([0-9]{1,4})([ymwd])", text.strip())
    if not match or not int(match[1]):
        raise ConfigError(f"--keep: {text!r} is no length of time; give one such as 3y, 18m, 30w or 90d")
    days = int(match[1]) * {"y": 365, "m": 30, "w": 7, "d": 1}[match[2]]
    try:
        return now() - timedelta(days=days)
    except OverflowError:
        raise ConfigError(f"--keep: {text!r} is longer than there are dates; give one such as 3y") from None


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """The instant `seconds` after 1970-01-01 00:00 UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime) -> int:
    """Whole seconds since 1970-01-01 00:00 UTC. Raises ValueError for a moment without a time zone: it would be read
    in that of this machine."""
    if at.tzinfo is None:
        raise ValueError(f"{at} is a moment without a time zone")
    return int(at.timestamp())
