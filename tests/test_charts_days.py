from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from reporter.charts import days
from reporter.model import Period, Point, Track, Unit

START = datetime(2026, 2, 9, tzinfo=UTC)
WEEK = Period(START, START + timedelta(days=7))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def series(count: int, step: timedelta) -> tuple[Point, ...]:
    return tuple(Point(START + i * step, float(i)) for i in range(count))


def track(*points: Point) -> Track:
    return Track("", Unit.USD, points, None)


def test_a_week_holds_its_start_and_not_its_end_unless_it_is_closed() -> None:
    points = series(9, DAY)
    assert [point.value for point in days.within(track(*points), WEEK)] == [0, 1, 2, 3, 4, 5, 6]
    assert [point.value for point in days.within(track(*points), WEEK, closed=True)] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_points_come_in_order_of_time_in_utc_and_without_what_is_no_number() -> None:
    tokyo = timezone(9 * HOUR)
    points = (Point(START + DAY, 2.0), Point(START.astimezone(tokyo), 1.0), Point(START + HOUR, float("nan")))
    found = days.within(track(*points), WEEK)
    assert [(point.at, point.at.tzinfo, point.value) for point in found] == [(START, UTC, 1.0), (START + DAY, UTC, 2.0)]


def test_no_track_has_no_points() -> None:
    assert days.within(None, WEEK) == ()


def test_a_day_is_summed_in_utc_from_all_its_bars() -> None:
    # Six bars a day: 0..5 are 15, 6..11 are 51.
    assert days.sums(series(12, 4 * HOUR)) == {date(2026, 2, 9): 15.0, date(2026, 2, 10): 51.0}


def test_a_day_with_too_few_bars_is_unknown_and_not_small() -> None:
    bars = series(18, 4 * HOUR)
    assert set(days.sums(bars[:11])) == {date(2026, 2, 9), date(2026, 2, 10)}  # five of six are enough
    assert set(days.sums(bars[:10])) == {date(2026, 2, 9)}  # four are not
    assert set(days.means(bars[:10])) == {date(2026, 2, 9)}


def test_the_mean_of_a_day_is_that_of_its_bars() -> None:
    assert days.means(series(3, 8 * HOUR)) == {date(2026, 2, 9): 1.0}


def test_spacing_is_the_usual_one_and_a_day_where_nothing_tells() -> None:
    assert days.spacing((*series(5, 8 * HOUR), Point(START + 9 * DAY, 1.0))) == 8 * HOUR
    assert days.spacing(series(1, HOUR)) == DAY


def test_openings_are_the_first_of_each_day_and_the_very_last() -> None:
    assert [point.value for point in days.openings(series(30, HOUR))] == [0, 24, 29]
    assert [point.value for point in days.openings(series(25, HOUR))] == [0, 24]


def test_a_hole_breaks_a_line_and_a_lone_point_is_kept() -> None:
    points = series(10, DAY)
    kept = (*points[:4], points[6], *points[8:])
    assert [[point.value for point in run] for run in days.runs(kept)] == [[0, 1, 2, 3], [6], [8, 9]]
