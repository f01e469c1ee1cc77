"""Numbers as readers see them: rounded once, half-up, with a real minus sign, and never rounded into a false claim."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reporter import units
from reporter.disclaimer import HEADING, NOTICE, notice, paragraphs
from reporter.errors import Several, nearest
from reporter.model import Unit
from reporter.series import CONVERSIONS, FILE_UNITS, FORMS, units_for

MINUS = "−"
finite = st.floats(allow_nan=False, allow_infinity=False)
everyday = st.floats(min_value=-1e13, max_value=1e13)


# ---- rounding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (2.675, 2, "2.68"),  # the float is 2.67499999999999982236431605997495353221893310546875
        (1.005, 2, "1.01"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),  # round() says 2
        (-2.5, 0, "-3"),
        (0.1 + 0.2, 1, "0.3"),
        (0.45, 1, "0.5"),
        (1e22, 1, "10000000000000000000000.0"),
        (1.7976931348623157e308, 2, "17976931348623157" + "0" * 292 + ".00"),
        (Decimal("0.125"), 2, "0.13"),
    ],
)
def test_rounding_is_half_away_from_zero(value: float | Decimal, places: int, expected: str) -> None:
    assert format(units.rounded(value, places), "f") == expected


@given(everyday, st.integers(0, 6))
def test_rounding_twice_is_rounding_once(value: float, places: int) -> None:
    once = units.rounded(value, places)
    assert units.rounded(once, places) == once
    assert abs(once - Decimal(repr(value))) <= Decimal(5).scaleb(-places - 1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("unit", sorted(units.TEXT))
def test_what_is_no_number_is_never_printed(value: float, unit: Unit) -> None:
    with pytest.raises(ValueError, match="is no number that could be printed"):
        units.text(value, unit)


@pytest.mark.parametrize("unit", sorted(units.TEXT))
def test_a_numpy_number_is_printed_as_any_other(unit: Unit) -> None:
    assert units.text(np.float64(1234.5678), unit) == units.text(1234.5678, unit)
    assert units.machine(np.float64(0.1)) == "0.1"


# ---- dollars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "$0"),
        (-0.0, "$0"),
        (-0.4, "$0"),
        (0.5, "$1"),
        (950_000, "$950,000"),
        (999_499, "$999,499"),
        (999_500, "$1.0 million"),
        (7_249_999, "$7.2 million"),
        (7_250_000, "$7.3 million"),
        (9_949_999, "$9.9 million"),
        (9_950_000, "$10 million"),
        (310_400_000, "$310 million"),
        (999_499_999, "$999 million"),
        (999_960_000, "$1.0 billion"),
        (1_949_999_999.99, "$1.9 billion"),
        (1_950_000_000, "$2.0 billion"),
        (310_000_000_000, "$310.0 billion"),
        (999_960_000_000, "$1.0 trillion"),
        (3.25e12, "$3.3 trillion"),
        (-410_900_000, f"{MINUS}$411 million"),
        (-999_960_000, f"{MINUS}$1.0 billion"),
        (-1234, f"{MINUS}$1,234"),
    ],
)
def test_dollars(value: float, expected: str) -> None:
    assert units.usd(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (69_812.4, "$69,812"),
        (1000, "$1,000"),
        (999.995, "$1,000"),
        (999.994, "$999.99"),
        (84.205, "$84.21"),
        (1.0, "$1.00"),
        (0.99996, "$1.00"),
        (0.99994, "$0.9999"),
        (0.24255, "$0.2426"),
        (0.01, "$0.0100"),
        (0.009876, "$0.009876"),
        (0.0000071239, "$0.000007124"),  # a coin of many: never "$0.0000"
        (0.0, "$0.0000"),
        (-37.63, f"{MINUS}$37.63"),  # oil on 2020-04-20
    ],
)
def test_prices(value: float, expected: str) -> None:
    assert units.price(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(123_456.5, "123,457"), (100, "100"), (99.995, "100"), (99.994, "99.99"), (0.004, "0.00"), (-2.5, f"{MINUS}2.50")],
)
def test_coins(value: float, expected: str) -> None:
    assert units.coins(value) == expected


# ---- parts and rates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.745, "75%"),
        (0.744999, "74%"),
        (0.997, "99.7%"),
        (0.9996, "99.96%"),
        (0.99996, "99.996%"),
        (0.003, "0.3%"),
        (0.0004, "0.04%"),
        (0.01, "1%"),
        (0.99, "99%"),
    ],
)
def test_a_share_is_called_none_or_all_only_if_it_is(value: float, expected: str) -> None:
    assert units.share(value) == expected


@given(st.floats(min_value=1e-6, max_value=1 - 1e-6))
def test_no_share_between_is_none_or_all(value: float) -> None:
    assert 0 < float(units.share(value)[:-1]) < 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.0%"),
        (0.0345, "3.5%"),
        (-0.0345, f"{MINUS}3.5%"),
        (0.99949, "99.9%"),
        (0.9995, "100%"),
        (1.5, "150%"),
        (12.345, "1,235%"),
        (0.0004, "0.04%"),
        (-0.0004, f"{MINUS}0.04%"),
        (0.000004, "0.0004%"),
        (0.0005, "0.1%"),
        (1e-17, "0.0%"),  # what is left of 1.1 - 1.0 - 0.1
    ],
)
def test_percentages(value: float, expected: str) -> None:
    assert units.percent(value) == expected


@given(st.floats(min_value=1e-6, max_value=1.0))
def test_a_small_change_is_never_rounded_to_nothing(value: float) -> None:
    assert float(units.percent(value)[:-1]) > 0
    assert units.percent(-value).startswith(MINUS)


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (units.rate, 0.0001, "0.0100%"),
        (units.rate, -0.00012345, f"{MINUS}0.0123%"),
        (units.rate, -0.0000001, "0.0000%"),
        (units.apr, 0.1095, "11.0%"),
        (units.apr, -0.00049, "0.0%"),
        (units.percentage_points, -0.0325, f"{MINUS}3.3"),
        (units.points, 54.25, "54.3"),
        (units.points, -0.04, "0.0"),
        (units.ratio, 1.005, "1.01"),
        (units.ratio, 9.995, "10.0"),
        (units.ratio, 9.994, "9.99"),
        (units.index, 49.5, "50"),
        (units.figure, 1234.5, "1,235"),
        (units.figure, -3, f"{MINUS}3"),
    ],
)
def test_other_numbers(function: Callable[[float], str], value: float, expected: str) -> None:
    assert function(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "no"),
        (0.4, "no"),
        (-0.4, "no"),
        (1, "one"),
        (4.6, "five"),
        (9, "nine"),
        (9.5, "10"),
        (10, "10"),
        (1234, "1,234"),
        (-1, "minus one"),
        (-9, "minus nine"),
        (-10, f"{MINUS}10"),
    ],
)
def test_a_count_is_a_word_up_to_nine(value: float, expected: str) -> None:
    assert units.count(value) == expected


# ---- signs -----------------------------------------------------------------------------------------------------------


@given(finite, st.sampled_from(sorted(units.TEXT)))
def test_a_number_and_its_opposite_differ_in_the_sign_alone(value: float, unit: Unit) -> None:
    assume(unit != Unit.SHARE)  # there is no negative part of a whole
    plus, minus = units.text(abs(value), unit), units.text(-abs(value), unit)
    assert "-" not in minus
    assert MINUS not in plus
    if any(digit in plus for digit in "123456789"):
        assert minus == MINUS + plus
    else:
        assert minus == plus, "there is no minus zero"


@given(st.integers(min_value=10, max_value=10**6))
def test_a_count_and_its_opposite_differ_in_the_sign_alone(value: int) -> None:
    assert units.count(-value) == MINUS + units.count(value)


@given(everyday, everyday)
def test_of_two_amounts_the_larger_is_not_printed_smaller(one: float, other: float) -> None:
    low, high = sorted((abs(one), abs(other)))
    assert amount(units.usd(low)) <= amount(units.usd(high))


def amount(text: str) -> Decimal:
    digits, _, word = text.removeprefix("$").partition(" ")
    sizes = {name: size for size, name in units.SCALES} | {"": Decimal(1)}
    return Decimal(digits.replace(",", "")) * sizes[word]


@given(everyday)
def test_a_printed_amount_is_within_its_last_digit(value: float) -> None:
    printed = amount(units.usd(abs(value)))
    exact = Decimal(repr(abs(value)))
    assert abs(printed - exact) <= max(Decimal("0.5"), printed * Decimal("0.051"))


# ---- days and machines -----------------------------------------------------------------------------------------------


def test_days_are_written_in_english_whatever_the_locale() -> None:
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December"]  # fmt: skip
    assert [units.day(date(2026, month, 1)) for month in range(1, 13)] == [f"{name} 1" for name in months]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert [units.weekday(date(2026, 2, 9 + n)) for n in range(7)] == days
    assert units.long_date(date(2026, 2, 11)) == "February 11, 2026"
    assert units.text(date(2026, 12, 1), Unit.DATE) == "December 1, 2026"


def test_every_unit_of_a_number_has_a_text() -> None:
    assert set(units.TEXT) == set(Unit) - {Unit.DATE}


@given(finite)
def test_a_machine_reads_back_the_same_number(value: float) -> None:
    back = float(units.machine(value))
    assert back == value
    assert math.copysign(1, back) == math.copysign(1, value)


def test_a_machine_reads_a_day_in_iso() -> None:
    assert units.machine(date(2026, 2, 1)) == "2026-02-01"


# ---- conversions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "hours", "percent_a_year"),
    [(0.0001, 8, 10.95), (0.00005, 4, 10.95), (0.0000125, 1, 10.95), (-0.0001, 8, -10.95), (0.0001, 24, 3.65)],
)
def test_a_funding_rate_becomes_a_year_by_its_interval(rate: float, hours: float, percent_a_year: float) -> None:
    # 8760 hours a year: 0.01% x 1095 = 10.95%
    assert units.apr_from_rate(rate, hours) * 100 == pytest.approx(percent_a_year, rel=1e-12)


@given(st.floats(-0.05, 0.05), st.sampled_from([1.0, 2.0, 4.0, 8.0, 24.0]))
def test_a_year_of_funding_reads_back_as_its_rate(rate: float, hours: float) -> None:
    assert units.apr_from_rate(rate, hours) * hours / 8760 == pytest.approx(rate, rel=1e-12, abs=1e-300)


@given(st.integers(-(10**9), 10**9))
def test_millions_of_dollars_are_exact_to_the_cent(cents: int) -> None:
    millions = cents / 10**8  # 1 cent is a hundred-millionth of a million dollars
    assert units.usd_from_millions(millions) == cents / 100


def test_millions_carry_no_float_noise() -> None:
    assert 8.2 * 1e6 != 8_200_000  # so it is not multiplied
    assert units.usd_from_millions(8.2) == 8_200_000
    assert units.usd_from_millions(np.float64(-0.1)) == -100_000


@given(finite)
def test_per_cent_reads_back_as_a_fraction(value: float) -> None:
    assert units.fraction_from_percent(value) * 100 == pytest.approx(value, rel=1e-12, abs=1e-300)


def test_volatility_of_a_year_and_of_a_week() -> None:
    # sqrt(365) = 19.1049731745428; sqrt(7 / 365) = 0.138485651
    assert units.annualised_volatility(0.02) == pytest.approx(38.2099463, rel=1e-8)
    assert units.weekly_move_from_dvol(50.0) == pytest.approx(0.0692428, rel=1e-5)
    daily = 0.031
    week = units.weekly_move_from_dvol(units.annualised_volatility(daily))
    assert week == pytest.approx(daily * math.sqrt(7), rel=1e-12)


def test_a_file_unit_leads_to_the_base_unit_of_what_it_measures() -> None:
    assert set(FILE_UNITS) == {name for name, _ in CONVERSIONS}
    for measure, form in FORMS.items():
        assert units_for(measure), f"{measure} could be in no file"
        for name in units_for(measure):
            assert (name, form.unit) in CONVERSIONS
    assert units_for("etf_flow") == ("usd", "musd")
    assert units_for("funding") == ("fraction", "percent")
    assert CONVERSIONS["musd", Unit.USD](1.5) == 1_500_000
    assert CONVERSIONS["percent", Unit.RATE](0.01) == 0.0001
    assert CONVERSIONS["usd", Unit.PRICE](69812.5) == 69812.5


# ---- words that every note carries, and of mistakes ------------------------------------------------------------------


def test_the_disclaimer_names_the_publisher_whatever_the_name() -> None:
    text = " ".join(paragraphs("Desk {0} & {publisher}"))
    assert "published by Desk {0} & {publisher} is provided for educational and informational purposes only" in text
    assert "does not constitute financial, investment, or trading advice" in text
    assert "nor a recommendation to buy, sell, or hold any asset" in text
    assert "do your own research" in text
    assert HEADING == "Disclaimer"


def test_simulated_figures_are_called_simulated() -> None:
    assert notice(True) == NOTICE != ""
    assert "simulated" in NOTICE
    assert notice(False) == ""


def test_the_nearest_known_word_is_offered() -> None:
    assert nearest("asets", ["assets", "sources"]) == "; did you mean 'assets'?"
    assert nearest("xyz", ["assets", "sources"]) == ""
    assert nearest("x", []) == ""


def test_several_mistakes_are_a_line_each() -> None:
    assert str(Several(["a.yaml:1: one", "b.yaml:2: two"])) == "a.yaml:1: one\nb.yaml:2: two"
