"""The curve of dated futures: quotes of one list in, the annualised basis at a tenor out.

A quote's basis is its mark over the index of the same list; the last trade, which may be hours old, has no part in it.
Perpetuals have no expiry and are no points of the curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reporter import units
from reporter.model import FutureQuote

NEAREST = 7.0  # days: closer to the expiry a cent of price is a point of yield
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Point:
    """A dated future: the days to its expiry and its basis as a simple annual rate, a fraction."""

    days: float
    apr: float


@dataclass(frozen=True, slots=True)
class Tenor:
    """A constant time to expiry in days, and how near or far a single expiry may be to speak for it."""

    days: float
    nearest: float
    farthest: float


MONTH = Tenor(30, 14, 60)
QUARTER = Tenor(91, 45, 140)


def points(quotes: Iterable[FutureQuote]) -> tuple[Point, ...]:
    """A point for each expiry at least seven days away, the nearest first. Where two futures share an expiry the one
    with more open interest speaks."""
    dated = [one for one in quotes if _days(one) >= NEAREST and one.mark > 0 and one.index > 0]
    by_size = sorted(dated, key=lambda one: (one.open_interest or 0.0, one.instrument))
    largest = {one.expiry: one for one in by_size}
    found = (Point(_days(one), _apr(one)) for one in largest.values())
    return tuple(sorted(found, key=lambda point: point.days))


def neighbours(curve: Sequence[Point], tenor: Tenor) -> tuple[Point, ...]:
    """The points on either side of a tenor; one where it lies on the tenor, or stands alone within its bounds; none
    where nothing is near."""
    below = max((one for one in curve if one.days <= tenor.days), key=lambda one: one.days, default=None)
    above = min((one for one in curve if one.days >= tenor.days), key=lambda one: one.days, default=None)
    if below and above:
        return (below,) if below == above else (below, above)
    alone = below or above
    return (alone,) if alone and tenor.nearest <= alone.days <= tenor.farthest else ()


def rate(around: Sequence[Point], tenor: Tenor) -> float:
    """The annual rate at a tenor: on the straight line in time between its two neighbours, or that of the only one."""
    first, last = around[0], around[-1]
    if first == last:
        return first.apr
    part = (tenor.days - first.days) / (last.days - first.days)
    return first.apr * (1.0 - part) + last.apr * part


def _days(quote: FutureQuote) -> float:
    """Days to the expiry, counted from the moment of the quote; a perpetual has none left."""
    return (quote.expiry - quote.at) / DAY if quote.expiry else 0.0


def _apr(quote: FutureQuote) -> float:
    return units.apr_from_basis(quote.mark / quote.index - 1.0, _days(quote))
