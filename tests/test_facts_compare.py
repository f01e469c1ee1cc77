"""A value against its own past, on columns written down here: the last week first, NaN where it is unknown."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.facts import SUFFIXES, measures
from reporter.facts.catalogue import OF_CHANGE, OF_VALUE, SHAPES
from reporter.facts.compare import families, percentile, reach, streak, swing, weeks_since
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
                     "swing": Unit.SHARE, "high_since": Unit.DATE, "streak": Unit.COUNT}  # fmt: skip


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


# ---- swing -----------------------------------------------------------------------------------------------------------


def walk(*changes: float) -> list[float]:
    """Values with these changes between them, the last change first; the first value of all is 1000."""
    values = [1000.0]
    for change in reversed(changes):
        values.insert(0, values[0] + change)
    return values


def test_a_swing_is_the_share_of_smaller_changes_up_or_down() -> None:
    this, *past = walk(-2.0, *[1.0] * 13, *[-2.0] * 13, *[3.0] * 13, *[-1.0] * 13)
    assert swing(this, np.array(past), of_growth=False) == 0.5  # 26 of 52: its equals are not smaller
    assert swing(past[0] + 3.5, np.array(past), of_growth=False) == 1.0
    assert swing(past[0], np.array(past), of_growth=False) == 0.0


def test_a_swing_of_a_level_is_one_of_growth() -> None:
    # The level doubles after 26 weeks: the same 10 dollars are 1% before and half a per cent afterwards.
    past = [2010.0, 2000.0] * 13 + [1010.0, 1000.0] * 14
    assert swing(2020.0, np.array(past), of_growth=False) == 0.0
    found = compared(LEVEL, 2025.0, *past)["swing"]
    # 15 of 2010 is 0.75%: above the 25 changes between 2010 and 2000, below the others, the doubling among them.
    assert found == 25 / 52
    assert compared(SIGNED, 2025.0, *past)["swing"] == 51 / 52


def test_a_swing_sees_fifty_two_changes_and_no_more() -> None:
    this, *past = walk(2.0, *[1.0] * 52, *[9.0] * 100)
    assert swing(this, np.array(past), of_growth=False) == 1.0
    assert (reach("swing", 1.0, WEEK), reach("percentile", 1.0, WEEK)) == (53, 52)


def test_a_swing_needs_twenty_six_known_changes_and_its_own() -> None:
    this, *past = walk(2.0, *[1.0] * 26)
    assert swing(this, np.array(past), of_growth=False) == 1.0
    assert swing(this, np.array(past[:-1]), of_growth=False) is None
    assert swing(this, np.array([NAN, *walk(*[1.0] * 60)]), of_growth=False) is None
    assert swing(this, np.array([]), of_growth=False) is None


def test_a_hole_takes_the_two_changes_beside_it_and_makes_none() -> None:
    this, *past = walk(2.0, *[1.0] * 30)
    past[10] = NAN  # from week 9 to 11 it is two dollars: no change of a week
    assert swing(this, np.array(past), of_growth=False) == 1.0
    past[20] = NAN
    assert swing(this, np.array(past), of_growth=False) == 1.0  # 26 are left
    past[25] = NAN
    assert swing(this, np.array(past), of_growth=False) is None


@pytest.mark.parametrize("worthless", [0.0, -5.0])
def test_there_is_no_growth_to_rank_from_nothing_or_less(worthless: float) -> None:
    past = [100.0, 101.0] * 26 + [100.0]
    assert compared(LEVEL, 110.0, *past)["swing"] == 1.0
    assert "swing" not in compared(LEVEL, 110.0, worthless, *past)
    # Growth into and out of the worthless week: the one is -100% or less, the other is not known.
    assert compared(LEVEL, 110.0, *past[:5], worthless, *past[6:])["swing"] == 50 / 51


Whole = st.integers(-1000, 1000).map(float)
Holed = st.lists(st.one_of(st.just(NAN), Whole), max_size=70)


@given(Whole, Holed)
def test_a_swing_is_a_share_of_the_neighbours_that_are_known(value: float, past: list[float]) -> None:
    found = swing(value, np.array(past, dtype=float), of_growth=False)
    run = [value, *past][:54]
    sizes = [abs(a - b) for a, b in pairwise(run[1:]) if not math.isnan(a - b)]
    if not past or math.isnan(past[0]) or len(sizes) < 26:
        assert found is None
    else:
        assert found == sum(size < abs(value - past[0]) for size in sizes) / len(sizes)
        assert 0 <= found <= 1


@given(Whole, st.lists(st.one_of(st.just(NAN), Whole, Whole), min_size=27, max_size=70))
def test_a_swing_does_not_know_up_from_down(value: float, past: list[float]) -> None:
    there = compared(SIGNED, value, *past)
    turned = compared(SIGNED, -value, *(-one for one in past))
    assert there.get("swing") == turned.get("swing")


@given(st.floats(1, 1e6), st.lists(st.one_of(st.just(NAN), st.floats(1, 1e6)), min_size=27, max_size=70))
def test_a_level_s_swing_does_not_know_its_unit(value: float, past: list[float]) -> None:
    there = compared(LEVEL, value, *past)
    assert compared(LEVEL, value * 1024, *(one * 1024 for one in past)).get("swing") == there.get("swing")


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
