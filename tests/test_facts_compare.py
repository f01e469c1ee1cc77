"""A value against its own past, on columns written down here: the last week first, NaN where it is unknown."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.facts import SUFFIXES, measures
from reporter.facts.catalogue import OF_CHANGE, OF_VALUE, SHAPES
from reporter.facts.compare import families, percentile, streak, weeks_since
from reporter.model import Measure, Unit
from tests.desk import WEEK

NAN = math.nan
LEVEL, PART, SIGNED, PLAIN = (
    Measure("x", Unit.USD, ("asset",), SHAPES[kind].families, "X.", SHAPES[kind].streak_of)
    for kind in ("level", "part", "signed", "plain")
)


def compared(measure: Measure, value: float, *past: float) -> dict[str, float | date]:
    return {suffix: found for suffix, found, _ in families(measure, value, np.array(past, dtype=float), WEEK)}


# ---- the week before -------------------------------------------------------------------------------------------------


def test_a_level_has_previous_change_and_growth() -> None:
    found = compared(LEVEL, 120.0, 100.0)
    assert (found["previous"], found["change"]) == (100.0, 20.0)
    assert found["growth"] == pytest.approx(0.2)


def test_a_part_and_a_signed_value_have_no_growth() -> None:
    assert set(compared(PART, 0.7, 0.6)) == set(compared(SIGNED, 0.7, 0.6)) == {"previous", "change", "streak"}


def test_a_plain_value_has_only_its_previous() -> None:
    assert compared(PLAIN, 5.0, *[4.0] * 60) == {"previous": 4.0}


@pytest.mark.parametrize("previous", [0.0, -10.0])
def test_there_is_no_growth_from_nothing_or_less(previous: float) -> None:
    found = compared(LEVEL, 120.0, previous)
    assert (found["previous"], found["change"]) == (previous, 120.0 - previous)
    assert "growth" not in found


@pytest.mark.parametrize("past", [(), (NAN, 100.0)])
def test_without_the_week_before_there_is_nothing_to_compare_with(past: tuple[float, ...]) -> None:
    assert not {"previous", "change", "growth"} & set(compared(LEVEL, 120.0, *past))


def test_each_family_has_its_unit() -> None:
    past = np.array([100.0] * 7 + [300.0, 1.0] + [150.0] * 51)
    units = {suffix: unit for suffix, _, unit in families(LEVEL, 200.0, past, WEEK)}
    assert units == {"previous": Unit.USD, "change": Unit.USD, "growth": Unit.FRACTION, "percentile": Unit.SHARE,
                     "high_since": Unit.DATE, "streak": Unit.COUNT}  # fmt: skip


# ---- percentile ------------------------------------------------------------------------------------------------------


def test_a_percentile_is_the_share_strictly_below() -> None:
    past = np.array([1.0] * 13 + [2.0] * 13 + [3.0] * 26)
    assert percentile(2.0, past) == 0.25  # 13 of 52: its equals are not below it
    assert (percentile(4.0, past), percentile(1.0, past)) == (1.0, 0.0)


def test_a_percentile_sees_fifty_two_weeks_and_no_more() -> None:
    assert percentile(2.0, np.array([1.0] * 52 + [9.0] * 100)) == 1.0


def test_a_percentile_needs_twenty_six_known_weeks() -> None:
    assert percentile(2.0, np.array([1.0] * 25)) is None
    assert percentile(2.0, np.array([1.0] * 26)) == 1.0
    assert percentile(2.0, np.array([1.0, NAN] * 26)) == 1.0
    assert percentile(2.0, np.array([NAN] * 27 + [1.0] * 25)) is None
    assert percentile(2.0, np.array([NAN] * 27 + [1.0] * 200)) is None


def test_a_percentile_is_of_the_known_weeks() -> None:
    assert percentile(2.0, np.array([1.0] * 20 + [NAN] * 12 + [3.0] * 20)) == 0.5


# ---- since -----------------------------------------------------------------------------------------------------------


def test_the_latest_week_at_least_as_high_is_found() -> None:
    past = np.array([1.0] * 9 + [5.0, 7.0, 7.0])
    assert weeks_since(5.0, past) == 10
    assert weeks_since(6.0, past) == 11


def test_a_high_of_less_than_eight_weeks_says_nothing() -> None:
    assert weeks_since(5.0, np.array([1.0] * 6 + [5.0])) is None
    assert weeks_since(5.0, np.array([1.0] * 7 + [5.0])) == 8


def test_what_was_never_reached_has_no_date() -> None:
    assert weeks_since(5.0, np.array([1.0] * 60)) is None


def test_a_hole_blocks_what_lies_beyond_it() -> None:
    past = np.array([1.0] * 9 + [5.0])
    past[3] = NAN
    assert weeks_since(5.0, past) is None
    assert weeks_since(5.0, np.array([1.0] * 9 + [5.0, NAN])) == 10


def test_highest_and_lowest_since_are_last_days_of_weeks() -> None:
    past = [4.0] * 9 + [9.0, 4.0, 1.0]
    # Ten weeks before the week of March 3 is that of December 23; its last day is December 29.
    assert compared(LEVEL, 5.0, *past)["high_since"] == date(2024, 12, 29)
    assert compared(LEVEL, 3.0, *past)["low_since"] == date(2024, 12, 15)  # twelve weeks: December 9 to 15
    assert "low_since" not in compared(LEVEL, 5.0, *past)


# ---- streaks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ((3.0, 2.0, 1.0, 2.0), 2),
        ((1.0, 2.0, 3.0, 2.0), -2),
        ((2.0, 2.0, 1.0), 0),
        ((3.0, 2.0, 2.0), 1),
        ((3.0, 2.0, NAN, 1.0), 1),
        ((3.0, NAN, 2.0), 0),
        ((3.0,), 0),
    ],
)
def test_a_streak_of_the_change_counts_rises_or_falls(run: tuple[float, ...], expected: int) -> None:
    assert streak(run[0], np.array(run[1:]), of_change=True) == expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ((1.0, 5.0, 2.0, -1.0), 3),
        ((-1.0, -5.0, 2.0), -2),
        ((0.0, 1.0), 0),
        ((1.0, 0.0, 1.0), 1),
        ((1.0, NAN, 1.0), 1),
        ((-1.0,), -1),
    ],
)
def test_a_streak_of_the_value_counts_weeks_of_its_sign(run: tuple[float, ...], expected: int) -> None:
    assert streak(run[0], np.array(run[1:]), of_change=False) == expected


def test_a_measure_says_what_its_streak_is_of() -> None:
    assert (LEVEL.streak_of, PART.streak_of, SIGNED.streak_of, PLAIN.streak_of) == (OF_CHANGE, OF_CHANGE, OF_VALUE, "")
    assert compared(LEVEL, 3.0, 2.0, 1.0)["streak"] == 2
    assert compared(SIGNED, 1.0, 2.0, 3.0)["streak"] == 3


# ---- everything ------------------------------------------------------------------------------------------------------

Value = st.floats(min_value=-1e18, max_value=1e18).filter(lambda x: x == 0 or abs(x) >= 1e-18)


@given(Value, st.lists(st.one_of(st.just(NAN), Value), max_size=70))
def test_every_family_is_finite_and_offered(value: float, past: list[float]) -> None:
    for measure in (LEVEL, PART, SIGNED, PLAIN):
        for suffix, found, unit in families(measure, value, np.array(past, dtype=float), WEEK):
            assert suffix in measure.families
            assert suffix in SUFFIXES
            assert isinstance(found, date) == (unit == Unit.DATE)
            assert isinstance(found, date) or math.isfinite(found)
            assert unit != Unit.SHARE or (isinstance(found, float) and 0 <= found <= 1)


def test_what_the_catalogue_offers_is_what_there_is() -> None:
    rich = np.array([100.0] * 7 + [300.0] + [1.0] + [150.0] * 51)
    for measure in measures():
        if measure.unit == Unit.DATE:
            assert measure.families == ()
            continue
        high = {suffix for suffix, *_ in families(measure, 200.0, rich, WEEK)}
        low = {suffix for suffix, *_ in families(measure, 50.0, rich, WEEK)}
        assert high | low == set(measure.families), measure.name
