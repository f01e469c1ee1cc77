"""The curve of dated futures: which quotes are points, which points speak for a tenor, and the line between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.collect import deribit
from reporter.facts.curve import MONTH, QUARTER, Point, Tenor, neighbours, points, rate
from reporter.model import FutureQuote
from tests import live

AT = datetime(2025, 3, 10, 0, 30, tzinfo=UTC)


def quote(days: float | None, mark: float, index: float = 100.0, size: float = 1e6, name: str = "") -> FutureQuote:
    expiry = None if days is None else AT + timedelta(days=days)
    return FutureQuote(AT, "BTC", "deribit", name or f"BTC-{days}", expiry, mark, index, size, None, "p")


def at(quotes: list[FutureQuote], tenor: Tenor) -> float | None:
    around = neighbours(points(quotes), tenor)
    return rate(around, tenor) if around else None


# ---- points ----------------------------------------------------------------------------------------------------------


def test_a_point_is_mark_over_index_a_simple_year_long() -> None:
    (point,) = points([quote(73, 102.0)])
    assert point.days == 73.0
    assert point.apr == pytest.approx(0.1)  # 0.02 x 365 / 73


def test_a_future_below_its_index_has_a_negative_rate() -> None:
    assert points([quote(73, 98.0)])[0].apr == pytest.approx(-0.1)


def test_a_perpetual_is_no_point() -> None:
    assert points([quote(None, 150.0)]) == ()


@pytest.mark.parametrize(("days", "there"), [(6.999, False), (7.0, True), (0.0, False), (-3.0, False)])
def test_an_expiry_closer_than_seven_days_is_no_point(days: float, there: bool) -> None:
    assert len(points([quote(days, 101.0)])) == there


def test_days_are_counted_from_the_moment_of_the_quote_to_the_hour() -> None:
    late = replace(quote(30, 101.0), at=AT + timedelta(hours=12))
    assert points([late])[0].days == 29.5


def test_of_two_futures_with_one_expiry_the_larger_speaks() -> None:
    small, large = quote(73, 150.0, size=1.0, name="BTC_USDC"), quote(73, 102.0, size=9e6, name="BTC")
    unknown = replace(quote(73, 170.0, name="ZZZ"), open_interest=None)
    for order in ([small, large, unknown], [unknown, large, small]):
        assert [point.apr for point in points(order)] == [pytest.approx(0.1)]


@pytest.mark.parametrize(("mark", "index"), [(0.0, 100.0), (101.0, 0.0)])
def test_a_price_of_nothing_is_no_quote(mark: float, index: float) -> None:
    assert points([quote(60, mark, index)]) == ()


# ---- a tenor ---------------------------------------------------------------------------------------------------------


def test_between_two_neighbours_the_rate_lies_on_the_line_in_time() -> None:
    curve = (Point(61, 0.04), Point(121, 0.10))
    assert rate(neighbours(curve, QUARTER), QUARTER) == pytest.approx(0.07)  # 91 is half way from 61 to 121


def test_only_the_nearest_on_either_side_are_neighbours() -> None:
    curve = (Point(8, 0.9), Point(61, 0.04), Point(121, 0.10), Point(300, 0.9))
    assert neighbours(curve, QUARTER) == (Point(61, 0.04), Point(121, 0.10))


def test_an_expiry_on_the_tenor_speaks_alone() -> None:
    curve = (Point(61, 0.04), Point(91, 0.05), Point(121, 0.10))
    assert rate(neighbours(curve, QUARTER), QUARTER) == 0.05


@pytest.mark.parametrize(
    ("tenor", "days", "speaks"),
    [
        (QUARTER, 44.9, False),
        (QUARTER, 45.0, True),
        (QUARTER, 140.0, True),
        (QUARTER, 140.1, False),
        (MONTH, 13.9, False),
        (MONTH, 14.0, True),
        (MONTH, 60.0, True),
        (MONTH, 60.1, False),
    ],
)
def test_a_single_expiry_speaks_only_within_its_bounds(tenor: Tenor, days: float, speaks: bool) -> None:
    found = neighbours((Point(days, 0.05),), tenor)
    assert found == ((Point(days, 0.05),) if speaks else ())


def test_where_all_expiries_lie_on_one_side_the_nearest_stands_alone() -> None:
    assert neighbours((Point(150, 0.1), Point(280, 0.2)), QUARTER) == ()
    assert neighbours((Point(20, 0.3), Point(80, 0.1)), QUARTER) == (Point(80, 0.1),)


Days = st.floats(min_value=7, max_value=400)
Rates = st.floats(min_value=-0.5, max_value=2)


@given(curve=st.lists(st.builds(Point, Days, Rates), max_size=6), tenor=st.sampled_from([MONTH, QUARTER]))
def test_a_rate_lies_between_those_it_rests_on(curve: list[Point], tenor: Tenor) -> None:
    around = neighbours(sorted(curve, key=lambda one: one.days), tenor)
    if around:
        rates = [one.apr for one in around]
        assert min(rates) - 1e-12 <= rate(around, tenor) <= max(rates) + 1e-12


@given(apr=Rates, days=st.lists(Days, min_size=2, max_size=6, unique=True), tenor=st.sampled_from([MONTH, QUARTER]))
def test_a_flat_curve_gives_its_rate_whatever_the_expiries(apr: float, days: list[float], tenor: Tenor) -> None:
    quotes = [quote(each, 100.0 * (1 + apr * each / 365)) for each in days]
    found = at(quotes, tenor)
    assert found is None or found == pytest.approx(apr, abs=1e-9)


@given(marks=st.lists(st.floats(min_value=50, max_value=200), min_size=3, max_size=3), perpetual=st.floats(1, 1e6))
def test_a_perpetual_and_a_future_about_to_expire_change_nothing(marks: list[float], perpetual: float) -> None:
    dated = [quote(days, mark) for days, mark in zip((20, 60, 130), marks, strict=True)]
    more = [*dated, quote(None, perpetual, size=1e12), quote(3, perpetual, size=1e12)]
    assert (at(more, MONTH), at(more, QUARTER)) == (at(dated, MONTH), at(dated, QUARTER))


# ---- a recorded list -------------------------------------------------------------------------------------------------


def recorded(real_data: Path) -> tuple[list[FutureQuote], list[dict[str, object]]]:
    body = live.recorded(real_data, "deribit_recorded/book_summary_future")
    payload = live.at_any_time(live.payload("deribit", "futures/BTC", body))
    found = [one for one in deribit.parse(payload, live.settings("deribit")) if isinstance(one, FutureQuote)]
    return found, body["result"]


def test_a_recorded_list_gives_a_curve_of_marks_over_the_index(real_data: Path) -> None:
    quotes, rows = recorded(real_data)
    by_name = {str(row["instrument_name"]): row for row in rows}
    assert any(one.expiry is None for one in quotes)  # a perpetual is in the list, and not on the curve
    for one in quotes:
        row = by_name[one.instrument]
        assert (one.mark, one.index) == (row["mark_price"], row["estimated_delivery_price"])
    curve = points(quotes)
    assert len(curve) >= 3
    assert all(-0.05 < point.apr < 0.3 for point in curve)
    for tenor in (MONTH, QUARTER):
        assert -0.05 < rate(neighbours(curve, tenor), tenor) < 0.3
