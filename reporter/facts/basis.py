"""Futures against spot."""

from __future__ import annotations

from collections.abc import Sequence

from reporter.facts import curve
from reporter.facts.catalogue import fact
from reporter.facts.curve import MONTH, QUARTER, Point, Tenor
from reporter.facts.funding import MOST, mean_apr
from reporter.facts.reader import Missing, Reader
from reporter.model import FutureQuote, Unit

TRADED = 0.7  # of the days: exchanges that close at weekends have five of seven


@fact(unit=Unit.FRACTION, kind="signed")
def basis(read: Reader) -> float:
    """Front future over spot as a part of the spot price, the mean of the week's closes; not annualised."""
    return float(read.window("basis", at_least=TRADED).value.mean())


@fact(unit=Unit.APR, kind="signed")
def basis_apr(read: Reader) -> float:
    """Three-month futures over spot at the week's close, as a simple annual rate. Where no source publishes it: the
    marks of dated futures over their index in the first list after the close, on the line between the expiries on
    either side of 91 days."""
    return _three_months(read)


@fact(unit=Unit.APR, kind="signed")
def basis_1m_apr(read: Reader) -> float:
    """One-month futures over spot as a simple annual rate: the marks of dated futures over their index in the first
    list after the week's close, on the line between the expiries on either side of 30 days."""
    return curve.rate(_around(read.items(FutureQuote), MONTH), MONTH)


@fact(unit=Unit.APR, kind="signed")
def basis_slope_apr(read: Reader) -> float:
    """Three-month minus one-month futures basis, both as simple annual rates from the same list of futures: negative
    where the near expiries are the dearer ones."""
    quotes = read.items(FutureQuote)
    far, near = _around(quotes, QUARTER), _around(quotes, MONTH)
    if far == near and len(far) == 1:
        raise Missing("future_quotes: a single expiry has no slope")
    return curve.rate(far, QUARTER) - curve.rate(near, MONTH)


@fact(unit=Unit.APR, kind="signed")
def basis_minus_funding_apr(read: Reader) -> float:
    """Three-month basis at the week's close minus the week's mean funding, both as simple annual rates and each at its
    own venue: what a dated future pays over a perpetual."""
    return _three_months(read) - mean_apr(read.window("funding", at_least=MOST))


@fact(unit=Unit.APR, kind="signed")
def basis_quarter_apr(read: Reader) -> float:
    """Current quarterly future over its index at the end of the week, Monday 00:00 UTC, as a simple annual rate to its
    expiry."""
    return read.at("basis_quarter_apr", read.end)


def _three_months(read: Reader) -> float:
    """The published rate, else that of the curve. Raises Missing with the first reason where no list was taken."""
    try:
        return read.last("basis_apr")
    except Missing as problem:
        unpublished = problem
    try:
        quotes = read.items(FutureQuote)
    except Missing:
        raise unpublished from None
    return curve.rate(_around(quotes, QUARTER), QUARTER)


def _around(quotes: Sequence[FutureQuote], tenor: Tenor) -> tuple[Point, ...]:
    """The expiries that speak for a tenor. Raises Missing where there are none."""
    around = curve.neighbours(curve.points(quotes), tenor)
    if not around:
        raise Missing(f"future_quotes: no dated future is near {tenor.days:g} days")
    return around
