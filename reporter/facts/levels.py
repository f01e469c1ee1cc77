"""Where leveraged positions would be closed by force: a provider's model where one is at hand, else an estimate from
hourly open interest and prices.

Both are models, no observations: openings are seen, closures are not. Sizes are compared within one map only.

The estimate does what the public maps do: a price times one minus one over the leverage, for a few usual leverages, and
levels stay until the price has passed them. No venue publishes which leverage its traders use: `TIERS` is an assumption
of ours, most at ten to twenty-five times and little at the extremes. `MAINTENANCE` lies near the lowest brackets of the
large venues for bitcoin, 0.4 to 0.5 %; larger positions and smaller coins have more. All margin is taken as isolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from reporter import clock, units
from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader
from reporter.history import Floats, Ints, Window
from reporter.model import Level, Unit

TIERS = {5.0: 0.20, 10.0: 0.30, 25.0: 0.30, 50.0: 0.15, 100.0: 0.05}  # leverage: the part of new positions that has it
MAINTENANCE = 0.005  # of a position's size: the margin at which it is closed by force
BAND = 0.005  # how far the upper edge of a band of prices lies above its lower one
WITHIN = 0.12  # of the closing price: what is further away is no cluster
STANDS_OUT = 0.95  # the share of bands that a cluster may not be weaker than
ENOUGH = 0.95  # of the hours expected
HOUR = 3600
# The bands that lie within reach, counted from the closing price up: from the first one on, below the last one.
FIRST, LAST = math.ceil(math.log(1 - WITHIN) / math.log1p(BAND)), math.floor(math.log(1 + WITHIN) / math.log1p(BAND))


@dataclass(frozen=True)
class Opened:
    """What was opened in each hour, in dollars, at which price; and the lowest and the highest price of the hour that
    is known."""

    at: Ints  # the end of the hour
    dollars: Floats
    price: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Levels:
    """Prices at which positions would be closed by force, their sizes, the place of the hour in which they were opened,
    and of the one in which the price passed them: the number of hours where it has not."""

    price: Floats
    size: Floats
    opened: Ints
    passed: Ints
    hours: int


@dataclass(frozen=True)
class Bands:
    """The sizes of the levels in each band of prices within reach, and the closing price that they are counted from."""

    close: float
    size: Floats
    estimated: bool


# ---- facts -----------------------------------------------------------------------------------------------------------


@fact(unit=Unit.PRICE, kind="plain")
def liquidation_cluster_below_usd(read: Reader) -> float:
    """Price around which the most long positions would be closed by force, of the prices up to 12% below the week's
    close: the middle of the strongest band, half a per cent wide, where that is among the strongest twentieth of all
    bands within 12%. It comes from a provider's model where one is at hand. Otherwise it is an estimate from one venue:
    each hour's growth in open interest during the week counts as new positions at that hour's price, as many long as
    short, 20% of them with fivefold leverage, 30% with tenfold, 30% with 25-fold, 15% with 50-fold and 5% with
    100-fold, closed by force at a margin of 0.5% of their size; levels that an hourly price has passed since are taken
    out. These parts and this margin are assumptions. Positions closed meanwhile are not seen, so many levels may be
    gone."""
    return price_of(_cluster_below(read))


@fact(unit=Unit.PRICE, kind="plain")
def liquidation_cluster_above_usd(read: Reader) -> float:
    """Price around which the most short positions would be closed by force, of the prices up to 12% above the week's
    close: modelled or estimated as the one below."""
    return price_of(_cluster_above(read))


@fact(unit=Unit.FRACTION, kind="plain")
def liquidation_cluster_below_distance(read: Reader) -> float:
    """How far the strongest band of modelled liquidation levels below the week's close lies from it, as a part of the
    close."""
    return distance(_cluster_below(read))


@fact(unit=Unit.FRACTION, kind="plain")
def liquidation_cluster_above_distance(read: Reader) -> float:
    """How far the strongest band of modelled liquidation levels above the week's close lies from it, as a part of the
    close."""
    return distance(_cluster_above(read))


@fact(unit=Unit.RATIO, kind="plain")
def liquidation_cluster_below_sigmas(read: Reader) -> float:
    """Distance of the strongest band of modelled liquidation levels below the week's close in standard deviations of a
    week's return: its logarithm over implied volatility x square root of 7/365."""
    return _sigmas(read, _cluster_below(read))


@fact(unit=Unit.RATIO, kind="plain")
def liquidation_cluster_above_sigmas(read: Reader) -> float:
    """Distance of the strongest band of modelled liquidation levels above the week's close in standard deviations of a
    week's return: its logarithm over implied volatility x square root of 7/365."""
    return _sigmas(read, _cluster_above(read))


@fact(unit=Unit.COUNT, kind="plain")
def liquidation_levels_estimated(read: Reader) -> float:
    """One where the liquidation levels are an estimate from hourly open interest and prices, zero where they are a
    provider's model."""
    return float(bands(read).estimated)


# ---- clusters --------------------------------------------------------------------------------------------------------

Cluster = tuple[float, int]  # the closing price, and the number of a band counted from it


def bands(read: Reader) -> Bands:
    """The sizes by band: of the first list that a provider's model gave after the week's end, else of the estimate.
    Raises Missing where there is neither."""
    close = read.last("price_close")
    if close <= 0:
        raise Missing("price_close: a price that is not positive")
    try:
        found = read.items(Level)
    except Missing:
        left = levels(opened(read, close))
        there = left.passed == left.hours
        return Bands(close, summed(left.price[there], left.size[there], close), estimated=True)
    prices, sizes = standing(found)
    return Bands(close, summed(prices, sizes, close), estimated=False)


def standing(found: Sequence[Level]) -> tuple[Floats, Floats]:
    """Prices and sizes of a list's first moment: a map shows every level again at each moment at which it is there."""
    first = min(one.at for one in found)
    now = [one for one in found if one.at == first]
    return np.array([one.price for one in now]), np.array([one.size for one in now])


def summed(price: Floats, size: Floats, close: float) -> Floats:
    """The sum of sizes in each band from the first one within reach of the closing price to the last."""
    place = band(price, close) - FIRST
    near = (place >= 0) & (place < LAST - FIRST)
    return np.bincount(place[near], weights=size[near], minlength=LAST - FIRST).astype(np.float64)


def band(price: Floats, close: float) -> Ints:
    """The number of each price's band, counted from the closing price: 0 begins there, -1 ends there."""
    return np.floor(np.log(price / close) / math.log1p(BAND)).astype(np.int64)


def price_of(cluster: Cluster) -> float:
    """The middle of a band."""
    close, number = cluster
    return close * math.exp((number + 0.5) * math.log1p(BAND))


def distance(cluster: Cluster) -> float:
    return abs(price_of(cluster) / cluster[0] - 1.0)


def _sigmas(read: Reader, cluster: Cluster) -> float:
    week = units.weekly_move_from_dvol(read.last("dvol"))
    if week <= 0:
        raise Missing("dvol: not positive, so that it measures no distance")
    return abs(math.log(price_of(cluster) / cluster[0])) / week


def _cluster_below(read: Reader) -> Cluster:
    found = bands(read)
    return found.close, strongest(found.size, range(-1, FIRST - 1, -1), "below")


def _cluster_above(read: Reader) -> Cluster:
    found = bands(read)
    return found.close, strongest(found.size, range(LAST), "above")


def strongest(size: Floats, side: range, word: str) -> int:
    """The number of a side's strongest band, the nearest one of equals. Raises Missing where it does not stand out of
    all bands within reach."""
    best = max(side, key=lambda number: size[number - FIRST])
    if size[best - FIRST] <= 0 or size[best - FIRST] < np.quantile(size, STANDS_OUT):
        raise Missing(f"liquidation levels: none stand out {word} the price")
    return best


# ---- the estimate ----------------------------------------------------------------------------------------------------


def opened(read: Reader, close: float) -> Opened:
    """What the hours of a week opened at the first venue that has nearly all of them, both in open interest and in
    prices. A decline opens nothing; nor does it close anything that could be named. The week's close counts as a price
    of the last hour."""
    interest, prices = _hours(read)
    at, here, there = np.intersect1d(interest.at, prices.at + HOUR, return_indices=True)
    dollars, price = interest.value[here], prices.value[there]
    grown = np.diff(dollars / price) * price[1:]
    low, high = price[1:].copy(), price[1:].copy()
    low[-1], high[-1] = min(low[-1], close), max(high[-1], close)
    return Opened(at[1:], np.maximum(grown, 0.0), price[1:], low, high)


def _hours(read: Reader) -> tuple[Window, Window]:
    """Hourly open interest from the week's start to its end, and the prices with whose hours those moments end."""
    for interest, prices in product(by_hour(read, "open_interest", 0), by_hour(read, "perp_close_hourly", HOUR)):
        if interest.series.venue != prices.series.venue:
            continue
        both = np.intersect1d(interest.at, prices.at + HOUR)
        if len(both) >= ENOUGH * (1 + (read.end - read.start) // HOUR) and both[-1] == read.end:
            read.used.extend((interest, prices))
            return interest, prices
    raise Missing("liquidation levels: no venue has open interest and prices for nearly every hour of the week")


def by_hour(read: Reader, measure: str, before: int) -> Iterator[Window]:
    """The week's rows of each hourly series of an asset, best first, from so many seconds before its start."""
    cut = clock.seconds(read.week.cut)
    for rows in read.view.everywhere(measure, read.subject):
        if rows.series.cadence.total_seconds() == HOUR:
            yield rows.window(read.start - before, read.end + 1 - before, cut)


def levels(found: Opened) -> Levels:
    """The levels that the hours' openings place, half of the dollars long and half short; an hour that opened nothing
    has none. A long is closed at price x (1 - 1/leverage + maintenance), a short at price x (1 + 1/leverage -
    maintenance)."""
    placed = [_tier(found, side, leverage) for leverage in TIERS for side in (-1, 1)]
    price, size, passed = (np.concatenate(parts) for parts in zip(*placed, strict=True))
    hours, some = len(found.at), size > 0
    return Levels(price[some], size[some], np.tile(np.arange(hours), len(placed))[some], passed[some], hours)


def _tier(found: Opened, side: int, leverage: float) -> tuple[Floats, Floats, Ints]:
    """Prices, dollars and passing hours of the levels on one side with one leverage."""
    price = found.price * (1 + side * (1 / leverage - MAINTENANCE))
    reached = found.low[None, :] <= price[:, None] if side < 0 else found.high[None, :] >= price[:, None]
    since = np.triu(reached)  # a row for each level, a column for each hour from its own on
    passed = np.where(since.any(axis=1), since.argmax(axis=1), len(price))
    return price, found.dollars * TIERS[leverage] / 2, passed
