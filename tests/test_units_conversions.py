"""Conversions into base units: there and back, the sign, and per cent that never passes for a fraction."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import units
from reporter.facts.curve import Point, points
from reporter.model import Unit
from reporter.series import CONVERSIONS, FORMS, units_for
from tests.desk import Said, every, measured
from tests.test_facts_curve import quote

Rates = st.floats(min_value=-0.05, max_value=0.05)
Hours = st.sampled_from([1.0, 2.0, 4.0, 8.0, 24.0])
Days = st.floats(min_value=7, max_value=400)
Amounts = st.floats(min_value=-1e9, max_value=1e9)
PARTS = (Unit.RATE, Unit.FRACTION, Unit.APR)  # what a file may have in per cent or as a fraction


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


# ---- annual rates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "expected"), [(1.0, 0.876), (4.0, 0.219), (8.0, 0.1095)])
def test_the_usual_rate_of_a_hundredth_of_a_per_cent_by_its_interval(hours: float, expected: float) -> None:
    assert units.apr_from_rate(0.0001, hours) == pytest.approx(expected)  # 0.0001 x 8760 / hours


@pytest.mark.parametrize(("days", "expected"), [(73.0, 0.1), (91.25, 0.08), (365.0, 0.02)])
def test_a_basis_of_two_per_cent_by_the_days_to_its_expiry(days: float, expected: float) -> None:
    assert units.apr_from_basis(0.02, days) == pytest.approx(expected)  # 0.02 x 365 / days


@given(rate=Rates, hours=Hours)
def test_a_rate_made_annual_and_back_is_the_rate(rate: float, hours: float) -> None:
    apr = units.apr_from_rate(rate, hours)
    assert apr * hours / units.HOURS_A_YEAR == pytest.approx(rate)
    assert sign(apr) == sign(rate)
    assert units.apr_from_rate(-rate, hours) == -apr


@given(basis=Rates, days=Days)
def test_a_basis_made_annual_and_back_is_the_basis(basis: float, days: float) -> None:
    apr = units.apr_from_basis(basis, days)
    assert apr * days / units.DAYS_A_YEAR == pytest.approx(basis)
    assert sign(apr) == sign(basis)
    assert units.apr_from_basis(-basis, days) == -apr


@given(rate=Rates, hours=Hours)
def test_a_rate_over_hours_and_a_basis_over_the_same_days_are_one_annual_rate(rate: float, hours: float) -> None:
    assert units.apr_from_rate(rate, hours) == pytest.approx(units.apr_from_basis(rate, hours / 24))


@given(rate=Rates, hours=Hours)
def test_annual_rates_are_simple_so_that_a_sum_of_intervals_is_as_good_as_one(rate: float, hours: float) -> None:
    assert units.apr_from_rate(3 * rate, 3 * hours) == pytest.approx(units.apr_from_rate(rate, hours))


# ---- per cent and fractions ------------------------------------------------------------------------------------------


@given(value=Amounts)
def test_per_cent_turned_into_a_fraction_and_back_is_the_same(value: float) -> None:
    assert units.fraction_from_percent(value) * 100 == pytest.approx(value)
    assert sign(units.fraction_from_percent(value)) == sign(value)


@given(value=st.floats(min_value=-1, max_value=1), unit=st.sampled_from(PARTS))
def test_a_file_in_per_cent_says_the_same_as_one_in_fractions(value: float, unit: Unit) -> None:
    from_percent, from_fraction = CONVERSIONS["percent", unit], CONVERSIONS["fraction", unit]
    assert from_percent(value * 100) == pytest.approx(from_fraction(value))
    assert from_fraction(value) == value


@pytest.mark.parametrize("measure", sorted(name for name, form in FORMS.items() if form.unit in PARTS))
def test_what_may_be_per_cent_or_a_fraction_has_to_be_labelled_as_one_of_them(measure: str) -> None:
    assert set(units_for(measure)) == {"percent", "fraction"}


def test_nothing_else_takes_per_cent() -> None:
    takes = {unit for name, unit in CONVERSIONS if name in ("percent", "fraction")}
    assert takes == set(PARTS)


@given(rate=Rates, hours=Hours)
def test_per_cent_for_a_fraction_is_a_hundred_times_too_much(rate: float, hours: float) -> None:
    right = units.apr_from_rate(units.fraction_from_percent(rate * 100), hours)
    assert right == pytest.approx(units.apr_from_rate(rate, hours))
    assert units.apr_from_rate(rate * 100, hours) == pytest.approx(100 * right)  # what a missing label would do


# ---- where they are used ---------------------------------------------------------------------------------------------


def test_facts_annualise_by_these_functions(tmp_path: Path) -> None:
    rows = {"funding/BTC": every(4, "2025-03-03", *[0.0002] * 42)}
    found = measured(tmp_path, rows, said=Said({"funding": 4}))
    assert found["BTC.funding_apr"] == pytest.approx(units.apr_from_rate(0.0002, 4))
    assert points([quote(40, 101.0)]) == (Point(40.0, units.apr_from_basis(101.0 / 100.0 - 1.0, 40)),)
