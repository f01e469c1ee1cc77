"""Points of a track as a chart needs them: cut to a period, gathered by UTC day, broken where data are missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

from reporter.clock import midnight
from reporter.model import Period, Point, Track

COVERAGE = 0.8  # the share of a day's bars without which its sum would understate
LEAST, MOST = 1e-15, 1e18  # outside of them lies no market, and not much further what `units` can print
DAY = timedelta(days=1)


def within(track: Track | None, period: Period, closed: bool = False) -> tuple[Point, ...]:
    """The points of [start, end), or with `closed` of [start, end], in order of time; none without a track."""
    kept = {
        point.at.astimezone(UTC): point.value
        for point in (track.points if track else ())
        if period.start <= point.at < period.end or (closed and point.at == period.end)
    }
    return tuple(Point(at, kept[at]) for at in sorted(kept) if kept[at] == 0 or LEAST <= abs(kept[at]) <= MOST)


def spacing(points: Sequence[Point]) -> timedelta:
    """The usual time from one point to the next: the median; a day where there are fewer than two."""
    if len(points) < 2:
        return DAY
    return timedelta(seconds=median((b.at - a.at).total_seconds() for a, b in pairwise(points)))


def by_day(points: Sequence[Point]) -> Mapping[date, tuple[float, ...]]:
    """The values of each UTC day that has at least `COVERAGE` of the bars that fit into it."""
    expected = max(1, round(DAY / spacing(points)))
    found: dict[date, list[float]] = {}
    for point in points:
        found.setdefault(point.at.date(), []).append(point.value)
    return {day: tuple(values) for day, values in found.items() if len(values) >= COVERAGE * expected}


def sums(points: Sequence[Point]) -> Mapping[date, float]:
    """The sum of each full UTC day."""
    return {day: math.fsum(values) for day, values in by_day(points).items()}


def means(points: Sequence[Point]) -> Mapping[date, float]:
    """The mean of each full UTC day."""
    return {day: math.fsum(values) / len(values) for day, values in by_day(points).items()}


def lasts(points: Sequence[Point]) -> Mapping[date, float]:
    """The last value of each UTC day."""
    return {point.at.date(): point.value for point in points}


def openings(points: Sequence[Point]) -> tuple[Point, ...]:
    """The first point of each UTC day, and the very last one: an instant series at a day's resolution."""
    firsts: dict[date, Point] = {}
    for point in points:
        firsts.setdefault(point.at.date(), point)
    return tuple(dict.fromkeys([*firsts.values(), *points[-1:]]))


def stamped(values: Mapping[date, float], shift: timedelta = timedelta(0)) -> tuple[Point, ...]:
    """A point for each day, at its start or `shift` later."""
    return tuple(Point(midnight(day) + shift, values[day]) for day in sorted(values))


def runs(points: Sequence[Point], longest: timedelta = DAY * 1.5) -> tuple[tuple[Point, ...], ...]:
    """The points in unbroken stretches: a line is not drawn across a hole longer than `longest`."""
    found: list[list[Point]] = []
    for point in points:
        if not found or point.at - found[-1][-1].at > longest:
            found.append([])
        found[-1].append(point)
    return tuple(map(tuple, found))


def listed(period: Period) -> tuple[date, ...]:
    """Every UTC day that begins in the period."""
    count = math.ceil((period.end - period.start) / DAY)
    return tuple((period.start + number * DAY).date() for number in range(count))


def last_weeks(end: datetime, weeks: int) -> Period:
    return Period(end - timedelta(weeks=weeks), end)
