"""The series a source may yield: what each measures, in which base unit, and how it is stamped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from reporter import units
from reporter.model import Kind, Unit

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
    "basis_quarter_apr": Form(Unit.APR, Kind.INSTANT, DAY, "quarterly future over index, annualised to its expiry"),
    "perp_premium": Form(Unit.FRACTION, Kind.INTERVAL, DAY, "perpetual over spot"),
    "perp_close": Form(Unit.PRICE, Kind.INTERVAL, DAY, "last perpetual price of the interval"),
    "perp_close_hourly": Form(Unit.PRICE, Kind.INTERVAL, timedelta(hours=1), "last perpetual price of the hour"),
    "etf_assets": Form(Unit.USD, Kind.INTERVAL, DAY, "assets of US spot funds at the end of a session"),
    "funding_now_apr": Form(Unit.APR, Kind.SNAPSHOT, DAY, "funding rate in force, annualised by its interval"),
    "funding_accumulated_7d": Form(Unit.FRACTION, Kind.SNAPSHOT, DAY, "sum of the funding rates of seven days"),
    "liquidations_long_24h": Form(Unit.USD, Kind.SNAPSHOT, DAY, "long positions closed by force in the last 24 hours"),
    "liquidations_short_24h": Form(
        Unit.USD, Kind.SNAPSHOT, DAY, "short positions closed by force in the last 24 hours"
    ),
    "market_cap": Form(Unit.USD, Kind.INSTANT, DAY, "market capitalisation"),
    "etf_flow": Form(Unit.USD, Kind.INTERVAL, DAY, "net flow into US spot funds, one value a session"),
    "long_short_ratio": Form(Unit.RATIO, Kind.INSTANT, DAY, "accounts long over accounts short"),
    "top_account_ratio": Form(Unit.RATIO, Kind.INSTANT, DAY, "long over short accounts among the largest"),
    "top_position_ratio": Form(Unit.RATIO, Kind.INSTANT, DAY, "long over short positions of the largest accounts"),
    "perp_taker_buy": Form(Unit.USD, Kind.INTERVAL, DAY, "futures turnover of buyers who took the offer"),
    "perp_taker_sell": Form(Unit.USD, Kind.INTERVAL, DAY, "futures turnover of sellers who took the bid"),
    "perp_taker_ratio": Form(Unit.RATIO, Kind.INTERVAL, DAY, "futures turnover of taking buyers over that of sellers"),
    "spot_taker_buy": Form(Unit.USD, Kind.INTERVAL, DAY, "spot turnover of buyers who took the offer"),
    "spot_taker_sell": Form(Unit.USD, Kind.INTERVAL, DAY, "spot turnover of sellers who took the bid"),
    "option_open_interest": Form(Unit.USD, Kind.SNAPSHOT, DAY, "open interest in options, in dollars"),
    "option_open_interest_coins": Form(Unit.COIN, Kind.SNAPSHOT, DAY, "open interest in options, in coins"),
    "option_volume_24h": Form(Unit.USD, Kind.SNAPSHOT, DAY, "options traded in the last 24 hours"),
    "option_call_volume_7d": Form(Unit.COIN, Kind.SNAPSHOT, DAY, "calls traded in the last seven days, in coins"),
    "option_put_volume_7d": Form(Unit.COIN, Kind.SNAPSHOT, DAY, "puts traded in the last seven days, in coins"),
    "dvol": Form(Unit.POINTS, Kind.INTERVAL, DAY, "30-day implied volatility index, last of the interval"),
    "skew_25d": Form(Unit.POINTS, Kind.INTERVAL, DAY, "implied volatility of the 25-delta call minus the put"),
    "fear_greed": Form(Unit.INDEX, Kind.INTERVAL, DAY, "fear and greed index, 0 to 100"),
}


# Lists of a moment that are no series: how they are named as evidence, and what they are.
LISTS: Mapping[str, str] = {
    "OptionQuote": "option_quotes",
    "FutureQuote": "future_quotes",
    "OptionExpiry": "option_expiries",
    "Level": "liquidation_levels",
}

# How readers know what is measured, where several series stand for one thing.
TOPICS: Mapping[str, str] = {
    "price_open": "Price",
    "price_high": "Price",
    "price_low": "Price",
    "price_close": "Price",
    "liquidations_long": "Liquidations",
    "liquidations_short": "Liquidations",
    "open_interest": "Open interest",
    "open_interest_coins": "Open interest in coins",
    "funding": "Funding",
    "funding_oi_weighted": "Funding weighted by open interest",
    "spot_volume": "Spot volume",
    "perp_volume": "Perpetual volume",
    "etf_flow": "ETF flows",
    "long_short_ratio": "Long/short accounts",
    "dvol": "Implied volatility",
    "skew_25d": "25-delta skew",
    "fear_greed": "Fear and greed index",
    "basis_apr": "Three-month basis",
    "perp_close_hourly": "Hourly perpetual prices",
}


ALL_VENUES = "all"  # the venue of a series whose source counts every venue that it knows
VENUE_NAMES: Mapping[str, str] = {"okx": "OKX", "cme": "CME", "htx": "HTX", "us_spot": "US spot funds", "mexc": "MEXC",
               "bitmex": "BitMEX", "coingecko": "CoinGecko", "kucoin": "KuCoin", "dydx": "dYdX"}  # fmt: skip


def venue_name(venue: str) -> str:
    """`OKX` for `okx`, `Binance` for `binance`."""
    return VENUE_NAMES.get(venue, venue[:1].upper() + venue[1:])


def topic(measure: str) -> str:
    """`Price` for `price_close`: the thing that a series measures, as readers know it."""
    if measure in LISTS.values():
        return measure[:1].upper() + measure[1:].replace("_", " ")
    meaning = FORMS[measure].meaning.split(",")[0]
    return TOPICS.get(measure, meaning[:1].upper() + meaning[1:])


SIGNED = frozenset(
    {"funding", "funding_oi_weighted", "funding_now_apr", "funding_accumulated_7d", "basis", "basis_apr",
     "basis_quarter_apr", "perp_premium", "etf_flow", "skew_25d"}
)  # fmt: skip
SIZES = (1e-18, 1e18)  # no amount, price or rate of a real market is smaller or larger, zero apart


def impossible(measure: str, value: float) -> str:
    """What is wrong with a value in base units that no market can have; nothing where it can."""
    form = FORMS[measure]
    if value and not SIZES[0] <= abs(value) <= SIZES[1]:
        return f"{value:g} is out of all bounds"
    if (value < 0 and measure not in SIGNED) or (value == 0 and form.unit == Unit.PRICE):
        return f"{value:g} cannot be: {form.meaning} is never {'negative' if value else 'zero'}"
    if form.unit == Unit.INDEX and value > 100:
        return f"{value:g} cannot be: {form.meaning}"
    return ""


def _same(value: float) -> float:
    return value


# What a gap's reason says where a reader misses nothing by it.
NO_SUCH_WEEK = "this is no such week"
UNKNOWN_WEEK = "it is not known whether this is such a week"
FEW_LIKE_WEEKS = "too few weeks like it"
NOTHING_TO_COMPARE = "nothing to compare"
NO_LIST = "in the eight days after the week's end"  # a list that was not taken then is not to be had later
NO_LEVELS = "nearly every hour of the week"
EXTRAS = frozenset({  # facts that enrich a note where sources have them, and that no reader misses where they have not
    "atm_iv_30d", "atm_iv_7d", "basis_1m_apr", "basis_minus_funding_apr", "basis_quarter_apr", "basis_slope_apr",
    "etf_flow_to_assets", "funding_dispersion_apr", "funding_oi_weighted_apr", "funding_venues",
    "funding_venues_weighted_apr", "iv_term_slope", "liquidations_largest_hour", "liquidations_largest_hour_day",
    "liquidations_largest_hour_usd", "max_pain_usd", "next_expiry_date", "next_expiry_usd", "open_interest_cme_share",
    "open_interest_concentration", "open_interest_to_market_cap", "open_interest_venues", "option_open_interest_usd",
    "put_call_open_interest", "put_call_volume_7d", "skew_25d_7d",
})  # fmt: skip
NOT_MISSED = (NO_LEVELS, NO_LIST, NO_SUCH_WEEK, UNKNOWN_WEEK, FEW_LIKE_WEEKS, NOTHING_TO_COMPARE)


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
