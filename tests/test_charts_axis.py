from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.charts import axis
from reporter.charts.axis import Axis
from reporter.model import Unit


def texts(low: float, high: float, unit: Unit, fewest: int = 3) -> tuple[str, ...]:
    return axis.texts(Axis(low, high, 0, 100).ticks(fewest), unit)


@pytest.mark.parametrize(("low", "high", "unit", "expected"), [
    (0, 1.3e9, Unit.USD, ("$0", "$0.5bn", "$1.0bn")),
    (-7e8, 4.4e8, Unit.USD, ("−$600m", "−$400m", "−$200m", "$0", "$200m", "$400m")),
    (6.91e10, 7.06e10, Unit.USD, ("$69.5bn", "$70.0bn", "$70.5bn")),
    (0, 95_000, Unit.USD, ("$0", "$20,000", "$40,000", "$60,000", "$80,000")),
    (68_000, 83_000, Unit.PRICE, ("$70,000", "$75,000", "$80,000")),
    (0.231, 0.262, Unit.PRICE, ("$0.24", "$0.25", "$0.26")),
    (-0.21, 0.12, Unit.APR, ("−20%", "−10%", "0%", "10%")),
    (0.001, 0.0042, Unit.APR, ("0.1%", "0.2%", "0.3%", "0.4%")),
    (380_000, 465_000, Unit.COIN, ("380,000", "400,000", "420,000", "440,000", "460,000")),
    (1e9, 3.2e9, Unit.COIN, ("1bn", "2bn", "3bn")),
    (32, 71, Unit.POINTS, ("40", "50", "60", "70")),
])  # fmt: skip
def test_ticks_stand_at_round_numbers_in_the_house_style(
    low: float, high: float, unit: Unit, expected: tuple[str, ...]
) -> None:
    assert texts(low, high, unit) == expected


@given(st.floats(-1e18, 1e18), st.floats(1e-9, 1e18))
def test_any_axis_has_a_few_different_ticks_within_its_ends(low: float, spread: float) -> None:
    here = axis.around([low, low + spread], 20, 100)
    ticks = here.ticks()
    assert 3 <= len(set(ticks)) == len(ticks) <= 12
    assert all(20 - 1e-6 <= here.at(float(tick)) <= 100 + 1e-6 for tick in ticks)


def test_equal_values_lie_in_the_middle() -> None:
    assert axis.around([5.0, 5.0], 0, 100).at(5.0) == 50
    assert axis.around([0.0], 0, 100).at(0.0) == 50


def test_bars_start_at_zero_and_zero_is_an_end_where_none_lies_beyond() -> None:
    assert axis.from_zero([3.0, 4.0], 10, 100).at(0) == 10
    assert axis.from_zero([-3.0], 10, 100).at(0) == 100
    assert 10 < axis.from_zero([-3.0, 3.0], 10, 100).at(0) < 100
    assert axis.from_zero([0.0], 10, 100).at(0) == 10


def test_a_tick_is_not_rounded_to_another_number() -> None:
    assert axis.texts([Decimal("12500000"), Decimal("15000000")], Unit.USD) == ("$12.5m", "$15.0m")
