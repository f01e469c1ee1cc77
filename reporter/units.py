"""Units: named conversions into base units, and the one place where a number is rounded and becomes text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from reporter.model import Unit

MINUS = "\N{MINUS SIGN}"
HOURS_A_YEAR = 8760.0
DAYS_A_YEAR = 365.0
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_PLACES = 4  # of a percentage: what is smaller still is printed as nothing
WIDE = Context(prec=700)  # a float has up to 309 digits before its point
SCALES = ((Decimal(10) ** 12, "trillion"), (Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


# ---- into base units -------------------------------------------------------------------------------------------------


def fraction_from_percent(value: float) -> float:
    return value / 100.0


def usd_from_millions(value: float) -> float:
    """Dollars, exact to the cent: 8.2 million is 8200000.0, not 8199999.999999999."""
    return float(_exact(value) * 1_000_000)


def apr_from_rate(rate: float, hours: float) -> float:
    """Simple annual rate of a funding rate paid every `hours`: r x 8760 / h. Not compounded."""
    return rate * HOURS_A_YEAR / hours


def apr_from_basis(basis: float, days: float) -> float:
    """Simple annual rate of a future's distance from its index, a fraction, over the `days` to its expiry: b x 365 / D.
    Not compounded."""
    return basis * DAYS_A_YEAR / days


def weekly_move_from_dvol(points: float) -> float:
    """One standard deviation of a week's return, a fraction: DVOL / 100 x sqrt(7 / 365) (Deribit's DVOL page)."""
    return points / 100.0 * math.sqrt(7 / DAYS_A_YEAR)


def annualised_volatility(daily_log_returns_deviation: float) -> float:
    """Volatility points: sqrt(365) x standard deviation of daily log returns, in per cent a year."""
    return daily_log_returns_deviation * math.sqrt(DAYS_A_YEAR) * 100.0


# ---- into text -------------------------------------------------------------------------------------------------------


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Half away from zero, from the shortest decimal that is this float: 2.675 to two places is 2.68."""
    exact = value if isinstance(value, Decimal) else _exact(value)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=WIDE)


def _exact(value: float) -> Decimal:
    """The shortest decimal that is this float. Raises ValueError where it is no number."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that could be printed")
    return Decimal(repr(float(value)))


def _percentage(value: float) -> Decimal:
    return _exact(value) * 100


def _digits(value: Decimal | float, places: int) -> str:
    """Thousands separated; a real minus sign; no minus on a zero."""
    number = rounded(value, places)
    text = f"{number.copy_abs():,.{places}f}"
    return f"{MINUS}{text}" if number < 0 else text


def _sign(text: str, prefix: str) -> str:
    return f"{MINUS}{prefix}{text[1:]}" if text.startswith(MINUS) else f"{prefix}{text}"


def usd(value: float) -> str:
    """`$1.9 billion`, `$310 million`, `$7.2 million`, `$950,000`."""
    exact = _exact(value)
    for size, word in SCALES:
        scaled = exact / size
        if abs(rounded(exact, 0)) >= size * Decimal("0.9995"):
            places = 0 if word == "million" and abs(rounded(scaled, 1)) >= 10 else 1
            return f"{_sign(_digits(scaled, places), '$')} {word}"
    return _sign(_digits(exact, 0), "$")


def price(value: float) -> str:
    """`$69,812` from a thousand up, `$84.21` from one up, `$0.2426` below; four digits that count below a cent."""
    if abs(rounded(value, 2)) >= 1000:
        places = 0
    elif abs(rounded(value, 4)) >= 1:
        places = 2
    else:
        places = 4 if abs(value) >= 0.01 or not value else 3 - _exact(value).adjusted()
    return _sign(_digits(value, places), "$")


def coins(value: float) -> str:
    """A number of coins: whole from a hundred up, two decimals below."""
    return _digits(value, 0 if abs(rounded(value, 2)) >= 100 else 2)


def share(value: float) -> str:
    """A part of a whole in whole per cent; decimals close to none or all, so that 99.7% is not called 100%."""
    exact = _percentage(value)
    near_edge = 0 < exact < 1 or 99 < exact < 100
    return _digits(exact, _places(exact, 1, (0, 100)) if near_edge else 0) + "%"


def percent(value: float) -> str:
    """A relative change or size: one decimal, whole from 100% up, and as many as it takes to show a small one."""
    exact = _percentage(value)
    return _digits(exact, 0 if abs(rounded(exact, 1)) >= 100 else _places(exact, 1, (0,))) + "%"


def _places(exact: Decimal, least: int, never: tuple[int, ...]) -> int:
    """As many places as it takes not to be rounded to one of `never`; `least` where that takes too many."""
    enough = (n for n in range(least, MOST_PLACES + 1) if rounded(exact, n) not in never)
    return next(enough, least)


def rate(value: float) -> str:
    """Funding for one interval, four decimals as exchanges print it: `0.0100%`."""
    return _digits(_percentage(value), 4) + "%"


def apr(value: float) -> str:
    """An annual rate, one decimal: `11.0%`."""
    return _digits(_percentage(value), 1) + "%"


def percentage_points(value: float) -> str:
    """The difference of two shares or rates: `3.2`, in percentage points."""
    return _digits(_percentage(value), 1)


def points(value: float) -> str:
    """Volatility points, one decimal."""
    return _digits(value, 1)


def ratio(value: float) -> str:
    """Two decimals, one from ten up."""
    return _digits(value, 1 if abs(rounded(value, 2)) >= 10 else 2)


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
    return f"{MONTHS[value.month - 1]} {value.day}"


def long_date(value: date) -> str:
    """`February 11, 2026`."""
    return f"{day(value)}, {value.year}"


def listing(names: Sequence[str]) -> str:
    """`BTC`, `BTC and ETH`, `BTC, ETH and SOL`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def weekday(value: date) -> str:
    """`Wednesday`."""
    return WEEKDAYS[value.weekday()]


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
