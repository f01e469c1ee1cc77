"""Units: named conversions into base units, and the one place where a number is rounded and becomes text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reporter.model import Unit

MINUS = "\N{MINUS SIGN}"
HOURS_A_YEAR = 8760.0
DAYS_A_YEAR = 365.0
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SCALES = ((Decimal(10) ** 12, "trillion"), (Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


# ---- into base units -------------------------------------------------------------------------------------------------


def fraction_from_percent(value: float) -> float:
    return value / 100.0


def usd_from_millions(value: float) -> float:
    """Dollars, exact to the cent: 0.1 million is 100000.0, not 99999.99999999999."""
    return float(Decimal(repr(value)) * 1_000_000)


def apr_from_rate(rate: float, hours: float) -> float:
    """Simple annual rate of a funding rate paid every `hours`: r x 8760 / h. Not compounded."""
    return rate * HOURS_A_YEAR / hours


def weekly_move_from_dvol(points: float) -> float:
    """One standard deviation of a week's return, a fraction: DVOL / 100 x sqrt(7 / 365) (Deribit's DVOL page)."""
    return points / 100.0 * math.sqrt(7 / DAYS_A_YEAR)


def annualised_volatility(daily_log_returns_deviation: float) -> float:
    """Volatility points: sqrt(365) x standard deviation of daily log returns, in per cent a year."""
    return daily_log_returns_deviation * math.sqrt(DAYS_A_YEAR) * 100.0


# ---- into text -------------------------------------------------------------------------------------------------------


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Half away from zero, from the shortest decimal that is this float: 2.675 to two places is 2.68."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _digits(value: Decimal | float, places: int) -> str:
    """Thousands separated; a real minus sign; no minus on a zero."""
    number = rounded(value, places)
    text = f"{abs(number):,.{places}f}"
    return f"{MINUS}{text}" if number < 0 else text


def _sign(text: str, prefix: str) -> str:
    return f"{MINUS}{prefix}{text[1:]}" if text.startswith(MINUS) else f"{prefix}{text}"


def usd(value: float) -> str:
    """`$1.9 billion`, `$310 million`, `$7.2 million`, `$950,000`."""
    exact = Decimal(repr(float(value)))
    for size, word in SCALES:
        scaled = exact / size
        if abs(rounded(exact, 0)) >= size * Decimal("0.9995"):
            places = 0 if word == "million" and abs(scaled) >= 10 else 1
            return f"{_sign(_digits(scaled, places), '$')} {word}"
    return _sign(_digits(exact, 0), "$")


def price(value: float) -> str:
    """`$69,812` from a thousand up, `$84.21` from one up, `$0.2426` below."""
    places = 0 if abs(value) >= 1000 else 2 if abs(value) >= 1 else 4
    return _sign(_digits(value, places), "$")


def coins(value: float) -> str:
    """A number of coins: whole from a hundred up, two decimals below."""
    return _digits(value, 0 if abs(value) >= 100 else 2)


def share(value: float) -> str:
    """A part of a whole in whole per cent; one decimal close to none or all, so that 99.7% is not called 100%."""
    near_edge = 0 < value < 0.01 or 0.99 < value < 1
    return _digits(Decimal(repr(float(value))) * 100, 1 if near_edge else 0) + "%"


def percent(value: float) -> str:
    """A relative change or size: one decimal, whole from 100% up, and as many as it takes to show a small one."""
    exact = Decimal(repr(float(value))) * 100
    places = 0 if abs(exact) >= 100 else 1
    while exact and places < 4 and rounded(exact, places) == 0:
        places += 1
    return _digits(exact, places) + "%"


def rate(value: float) -> str:
    """Funding for one interval, four decimals as exchanges print it: `0.0100%`."""
    return _digits(Decimal(repr(float(value))) * 100, 4) + "%"


def apr(value: float) -> str:
    """An annual rate, one decimal: `11.0%`."""
    return _digits(Decimal(repr(float(value))) * 100, 1) + "%"


def percentage_points(value: float) -> str:
    """The difference of two shares or rates: `3.2`, in percentage points."""
    return _digits(Decimal(repr(float(value))) * 100, 1)


def points(value: float) -> str:
    """Volatility points, one decimal."""
    return _digits(value, 1)


def ratio(value: float) -> str:
    """Two decimals, one from ten up."""
    return _digits(value, 1 if abs(value) >= 10 else 2)


def index(value: float) -> str:
    """A whole number on a scale to 100."""
    return _digits(value, 0)


def count(value: float) -> str:
    """`no`, `one` ... `nine`, then figures."""
    number = int(rounded(value, 0))
    if abs(number) < len(WORDS):
        return f"minus {WORDS[-number]}" if number < 0 else WORDS[number]
    return _digits(value, 0)


def figure(value: float) -> str:
    """A whole number in figures, for tables."""
    return _digits(value, 0)


def day(value: date) -> str:
    """`February 11`."""
    return f"{value:%B} {value.day}"


def long_date(value: date) -> str:
    """`February 11, 2026`."""
    return f"{value:%B} {value.day}, {value.year}"


def weekday(value: date) -> str:
    """`Wednesday`."""
    return f"{value:%A}"


TEXT: Mapping[Unit, Callable[[float], str]] = {
    Unit.USD: usd,
    Unit.PRICE: price,
    Unit.COIN: coins,
    Unit.SHARE: share,
    Unit.FRACTION: percent,
    Unit.RATE: rate,
    Unit.APR: apr,
    Unit.POINTS: points,
    Unit.RATIO: ratio,
    Unit.INDEX: index,
    Unit.COUNT: figure,
}


def text(value: float | date, unit: Unit) -> str:
    """The value as it is printed wherever its unit is not spelt out in prose: the same in table, chart and alt text."""
    return long_date(value) if isinstance(value, date) else TEXT[unit](value)


def machine(value: float | date) -> str:
    """The value for a machine: the shortest text that reads back as the same number."""
    return value.isoformat() if isinstance(value, date) else repr(float(value))
