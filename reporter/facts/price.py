"""Spot price and how much it moved."""

from __future__ import annotations

from statistics import median

import numpy as np

from reporter import units
from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader
from reporter.model import MARKET, Unit

RETURNS = 30
FEWEST = 3  # assets of a median


@fact(unit=Unit.PRICE)
def price_usd(read: Reader) -> float:
    """Spot price at the close of the week, the last trade before Monday 00:00 UTC."""
    return read.last("price_close")


@fact(unit=Unit.PRICE)
def price_high_usd(read: Reader) -> float:
    """Highest spot price of the week."""
    return float(read.window("price_high").value.max())


@fact(unit=Unit.PRICE)
def price_low_usd(read: Reader) -> float:
    """Lowest spot price of the week."""
    return float(read.window("price_low").value.min())


@fact(unit=Unit.FRACTION, each=(MARKET,), kind="signed")
def price_growth_median(read: Reader) -> float:
    """Median over the assets covered, at least three, of the relative change in spot price from close to close."""
    closes = read.each_close_edges("price_close")
    if len(closes) < FEWEST:
        raise Missing(f"price_close: {len(closes)} assets; a median wants at least {FEWEST}")
    if any(before <= 0 for before, _ in closes):
        raise Missing("price_close: a price that is not positive")
    return median(after / before - 1 for before, after in closes)


@fact(unit=Unit.POINTS)
def realised_volatility(read: Reader) -> float:
    """Standard deviation of the last 30 daily log returns up to the week's close, annualised over 365 days, in
    volatility points."""
    closes = read.window("price_close", days_before=RETURNS - 6).value
    return _volatility(closes)


@fact(unit=Unit.POINTS)
def dvol(read: Reader) -> float:
    """Thirty-day implied volatility index at the week's close, in volatility points."""
    return read.last("dvol")


@fact(unit=Unit.FRACTION)
def expected_move(read: Reader) -> float:
    """One standard deviation of the coming week's return as option prices imply it: implied volatility x square root of
    7/365."""
    return units.weekly_move_from_dvol(read.last("dvol"))


@fact(unit=Unit.POINTS, kind="signed")
def volatility_premium(read: Reader) -> float:
    """Implied volatility at the week's close minus realised volatility of the last 30 days, in volatility points."""
    implied = read.last("dvol")
    return implied - _volatility(read.window("price_close", days_before=RETURNS - 6).value)


def _volatility(closes: np.ndarray) -> float:
    """Volatility points of a run of daily closes; Missing where a close is not positive."""
    if (closes <= 0).any():
        raise Missing("price_close: a price that is not positive")
    returns = np.diff(np.log(closes))
    return units.annualised_volatility(float(returns.std(ddof=1)))
