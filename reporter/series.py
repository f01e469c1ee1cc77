"""The series a source may yield: what each measures, in which base unit, and how it is stamped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reporter import units
from reporter.model import Kind, Unit, Week

DAY = timedelta(days=1)
EIGHT_HOURS = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of all series of one measure."""

    unit: Unit
    kind: Kind
    cadence: timedelta
    meaning: str


FORMS: Mapping[str, Form] = {
    "price_open": Form(Unit.PRICE, Kind.INTERVAL, DAY, "first spot price of the interval"),
    "price_high": Form(Unit.PRICE, Kind.INTERVAL, DAY, "highest spot price of the interval"),
    "price_low": Form(Unit.PRICE, Kind.INTERVAL, DAY, "lowest spot price of the interval"),
    "price_close": Form(Unit.PRICE, Kind.INTERVAL, DAY, "last spot price of the interval"),
    "spot_volume": Form(Unit.USD, Kind.INTERVAL, DAY, "spot turnover"),
    "perp_volume": Form(Unit.USD, Kind.INTERVAL, DAY, "perpetual futures turnover"),
    "liquidations_long": Form(Unit.USD, Kind.INTERVAL, DAY, "long positions closed by force"),
    "liquidations_short": Form(Unit.USD, Kind.INTERVAL, DAY, "short positions closed by force"),
    "open_interest": Form(Unit.USD, Kind.INSTANT, DAY, "open interest, single-sided, in dollars"),
    "open_interest_coins": Form(Unit.COIN, Kind.INSTANT, DAY, "open interest, single-sided, in coins"),
    "funding": Form(Unit.RATE, Kind.INTERVAL, EIGHT_HOURS, "settled funding rate for one interval"),
    "funding_oi_weighted": Form(Unit.RATE, Kind.INTERVAL, DAY, "funding for eight hours, weighted by open interest"),
    "basis": Form(Unit.FRACTION, Kind.INTERVAL, DAY, "front future over spot, not annualised"),
    "basis_apr": Form(Unit.APR, Kind.INTERVAL, DAY, "three-month basis, annualised"),
    "etf_flow": Form(Unit.USD, Kind.INTERVAL, DAY, "net flow into US spot funds, one value a session"),
    "long_short_ratio": Form(Unit.RATIO, Kind.INSTANT, DAY, "accounts long over accounts short"),
    "dvol": Form(Unit.POINTS, Kind.INTERVAL, DAY, "30-day implied volatility index, last of the interval"),
    "skew_25d": Form(Unit.POINTS, Kind.INTERVAL, DAY, "implied volatility of the 25-delta call minus the put"),
    "fear_greed": Form(Unit.INDEX, Kind.INTERVAL, DAY, "fear and greed index, 0 to 100"),
}


def _same(value: float) -> float:
    return value


# Where a measure's series changed its meaning: nothing before such a day is compared with anything after it.
FEEDS_LIMITED = "venues limited their liquidation feeds in 2021 (Binance in April, then OKX, Bybit in September)"
BREAKS: Mapping[str, tuple[tuple[date, str], ...]] = {
    "liquidations_long": ((date(2021, 10, 1), FEEDS_LIMITED),),
    "liquidations_short": ((date(2021, 10, 1), FEEDS_LIMITED),),
}


def breaks_before(measure: str, week: Week) -> int:
    """How many registered breaks of a measure lie before the end of a week."""
    return sum(day <= week.last_day for day, _ in BREAKS.get(measure, ()))


def readable(reason: str) -> str:
    """A gap's reason for a reader: `basis_apr: 3 of 7 expected rows` is `three-month basis: 3 of 7 expected rows`."""
    name, colon, rest = reason.partition(": ")
    return f"{FORMS[name].meaning.split(',')[0]}: {rest}" if colon and name in FORMS else reason


# The units a file may be in, and the way into the base unit of what is measured.
CONVERSIONS: Mapping[tuple[str, Unit], Callable[[float], float]] = {
    ("usd", Unit.USD): _same,
    ("usd", Unit.PRICE): _same,
    ("musd", Unit.USD): units.usd_from_millions,
    ("coin", Unit.COIN): _same,
    ("fraction", Unit.RATE): _same,
    ("fraction", Unit.FRACTION): _same,
    ("fraction", Unit.APR): _same,
    ("percent", Unit.RATE): units.fraction_from_percent,
    ("percent", Unit.FRACTION): units.fraction_from_percent,
    ("percent", Unit.APR): units.fraction_from_percent,
    ("points", Unit.POINTS): _same,
    ("ratio", Unit.RATIO): _same,
    ("index", Unit.INDEX): _same,
}

FILE_UNITS = tuple(sorted({name for name, _ in CONVERSIONS}))


def units_for(measure: str) -> tuple[str, ...]:
    """The file units that fit a measure, such as `usd` and `musd` for `open_interest`."""
    return tuple(name for name, unit in CONVERSIONS if unit == FORMS[measure].unit)
