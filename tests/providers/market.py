"""A made-up market that all providers on this machine report of: smooth functions of asset, venue and time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

DAY, HOUR = 86_400, 3_600
BASE = {"BTC": 90_000.0, "ETH": 3_100.0, "SOL": 140.0}
COINS = {"BTC": 110_000.0, "ETH": 2_000_000.0, "SOL": 9_000_000.0}  # open at a venue of size one
SIZE = {"binance": 1.0, "bybit": 0.6, "okx": 0.4, "deribit": 0.2, "hyperliquid": 0.3, "gate": 0.25, "cme": 0.9}


def wave(at: float, days: float, shift: str = "") -> float:
    """Between -1 and 1, with a period of so many days; `shift` moves it."""
    return math.sin(2 * math.pi * at / (days * DAY) + sum(map(ord, shift)) % 17)


def price(asset: str, at: float) -> float:
    return BASE[asset] * (1 + 0.08 * wave(at, 41, asset) + 0.03 * wave(at, 5.3, asset))


def candle(asset: str, start: float, length: float = DAY) -> tuple[float, float, float, float]:
    """Open, high, low and close in dollars."""
    prices = [price(asset, start + length * step / 24) for step in range(25)]
    return prices[0], max(prices) * 1.002, min(prices) * 0.998, prices[-1]


def volume(asset: str, venue: str, start: float, length: float = DAY, perpetual: bool = False) -> float:
    """Turnover in dollars."""
    usual = BASE[asset] * COINS[asset] * SIZE.get(venue, 0.3) * (1.6 if perpetual else 0.25) * length / DAY
    return usual * (1 + 0.4 * wave(start, 6.1, asset + venue))


def open_interest_coins(asset: str, venue: str, at: float) -> float:
    """Single-sided."""
    return COINS[asset] * SIZE.get(venue, 0.3) * (1 + 0.1 * wave(at, 23, asset + venue))


def funding(asset: str, venue: str, at: float, hours: float = 8) -> float:
    """A fraction for one interval."""
    return (0.00008 + 0.00009 * wave(at, 11, asset + venue)) * hours / 8


def liquidations(asset: str, venue: str, start: float, length: float = DAY) -> tuple[float, float]:
    """Dollars of longs and of shorts closed by force."""
    usual = BASE[asset] * COINS[asset] * SIZE.get(venue, 0.3) * 0.004 * length / DAY
    return usual * (1.3 + wave(start, 9, asset)), usual * (0.9 - 0.8 * wave(start, 9, asset))


def ratio(asset: str, venue: str, at: float) -> float:
    """Long over short accounts."""
    return 1.4 + 0.5 * wave(at, 13, asset + venue)


def flow(asset: str, day: datetime) -> float:
    """Net flow into US spot funds in dollars, to the cent."""
    return round(BASE[asset] * COINS[asset] * 0.02 * wave(day.timestamp(), 8.5, asset), 2)


def volatility(asset: str, at: float) -> float:
    """Points."""
    return 46 + 9 * wave(at, 31, asset)


def fear(at: float) -> int:
    return round(48 + 30 * wave(at, 37))


def stamps(first: float, end: float, step: float) -> Iterator[int]:
    """Every multiple of `step` in [first, end)."""
    at = math.ceil(first / step) * step
    while at < end:
        yield int(at)
        at += step


def now() -> float:
    """The providers' clock: that of this machine."""
    return datetime.now(UTC).timestamp()


def sessions(first: datetime, end: datetime) -> Iterator[datetime]:
    """Weekdays in [first, end); the made-up exchange knows no holidays."""
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
