"""What holders of perpetual futures paid each other. A positive rate is paid by longs to shorts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from reporter import units
from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader
from reporter.history import Window
from reporter.model import Unit

MOST = 0.95  # of the settlements expected: a mean bears one that is missing, a sum does not
EIGHT_HOURS = 8.0
FEWEST = 2  # venues that can differ


def mean_apr(window: Window) -> float:
    """The mean of a window's rates as a simple annual rate, by the interval of its own series."""
    return units.apr_from_rate(float(window.value.mean()), window.series.cadence.total_seconds() / 3600)


@fact(unit=Unit.RATE, kind="signed")
def funding_rate(read: Reader) -> float:
    """Mean of the funding rates settled during the week, for one interval of the venue."""
    return float(read.window("funding", at_least=MOST).value.mean())


@fact(unit=Unit.APR, kind="signed")
def funding_apr(read: Reader) -> float:
    """Mean of the funding rates settled during the week as a simple annual rate: the rate x 8760 / hours of its
    interval."""
    return mean_apr(read.window("funding", at_least=MOST))


@fact(unit=Unit.APR, kind="signed")
def funding_oi_weighted_apr(read: Reader) -> float:
    """Funding weighted by open interest across venues, as its provider publishes it for eight hours, the week's mean as
    a simple annual rate."""
    return units.apr_from_rate(float(read.window("funding_oi_weighted", at_least=MOST).value.mean()), EIGHT_HOURS)


@fact(unit=Unit.APR, kind="signed")
def funding_venues_weighted_apr(read: Reader) -> float:
    """Funding at the venues on record, each the week's mean as a simple annual rate by its own interval, weighted by
    their open interest in dollars at the end of the week. From two venues on that have both."""
    asked = replace(read, used=[])
    rates = asked.across("funding", MOST)
    sizes = _dollars(read, rates)
    if len(sizes) < FEWEST:
        raise Missing(f"funding: {len(sizes)} of the {FEWEST} venues with open interest too that a mean needs")
    total = math.fsum(sizes.values())
    if total <= 0:
        raise Missing("open_interest: no venue with funding has any at the end of the week")
    read.used.extend(rates[venue] for venue in sizes)
    return math.fsum(size * mean_apr(rates[venue]) for venue, size in sizes.items()) / total


@fact(unit=Unit.APR, kind="part")
def funding_dispersion_apr(read: Reader) -> float:
    """Highest minus lowest funding across venues, each the week's mean as a simple annual rate by its own interval.
    From two venues on."""
    found = [mean_apr(window) for window in read.across("funding", MOST).values()]
    if len(found) < FEWEST:
        raise Missing(f"funding: {len(found)} of the {FEWEST} venues that a difference needs")
    return max(found) - min(found)


@fact(unit=Unit.COUNT, kind="plain")
def funding_venues(read: Reader) -> float:
    """Number of venues whose funding of the week is on record."""
    found = read.across("funding", MOST)
    if not found:
        raise Missing("funding: no venue has the week")
    return float(len(found))


@fact(unit=Unit.SHARE, kind="part")
def funding_negative_share(read: Reader) -> float:
    """Share of the week's funding intervals in which shorts paid longs."""
    return float((read.window("funding", at_least=MOST).value < 0).mean())


@fact(unit=Unit.COUNT, kind="plain")
def funding_flips(read: Reader) -> float:
    """How often during the week funding turned from one settlement to the next: from paid by longs to paid by shorts,
    or back. A rate of zero is no turn, and the sign before it goes on."""
    return float(_flips(read.window("funding").value))


@fact(unit=Unit.FRACTION, kind="signed")
def funding_cost(read: Reader) -> float:
    """Sum of the funding rates settled during the week: what holding a long position through it cost, as a part of its
    size."""
    return read.sum("funding")


def _flips(rates: Iterable[float]) -> int:
    signs = [rate > 0 for rate in rates if rate]
    return sum(before != after for before, after in pairwise(signs))


def _dollars(read: Reader, venues: Iterable[str]) -> dict[str, float]:
    """Open interest at the end of the week in dollars at those of the venues that have it: as the venue has it, else
    its coins x the spot price."""
    wanted = set(venues)
    dollars, coins = _at_the_end(read, "open_interest"), _at_the_end(read, "open_interest_coins")
    given = {venue: dollars[venue] for venue in dollars if venue in wanted}
    counted = {venue: coins[venue] for venue in coins if venue in wanted - given.keys()}
    price = _price(read) if counted else None
    if price is None:
        counted = {}
    read.used.extend([*given.values(), *counted.values()])
    return _values(given, 1.0) | _values(counted, price or 0.0)


def _at_the_end(read: Reader, measure: str) -> dict[str, Window]:
    """The rows of an instant series by venue that stand at the very end of the week: weights are of one moment."""
    asked = replace(read, used=[])
    asked.across_at(measure, read.end)
    return {one.series.venue: one for one in asked.used if one.at[-1] == read.end}


def _values(windows: Mapping[str, Window], scale: float) -> dict[str, float]:
    return {venue: float(window.value[-1]) * scale for venue, window in windows.items()}


def _price(read: Reader) -> float | None:
    """The spot price at the end of the week; None where it is not known."""
    with suppress(Missing):
        return read.close_at("price_close", read.end)
    return None
