"""A list of options in, the implied volatility at a delta and a tenor out: pure functions, without a reader.

Deltas are those of a call on the forward without interest, N(d1) with d1 = (ln(F/K) + s^2 T/2) / (s sqrt T) of Black
(1976): an out-of-the-money put with delta -0.25 stands at 0.75. Volatilities are points, tenors days of 24 hours, a
year has 365 of them. Nothing is extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from reporter.facts.reader import Missing
from reporter.model import OptionQuote

YEAR = timedelta(days=365)
CALL_25, ATM, PUT_25 = 0.25, 0.5, 0.75
WIDEST = 0.25  # of delta between two neighbours: what lies between options further apart is not known
NEAREST = 1 / 3  # of the tenor: how far from it an expiry may be that stands alone
FURTHEST = 3.0  # how many times sooner or later than the tenor one of two expiries around it may be


@dataclass(frozen=True, slots=True)
class Knot:
    """One strike of a smile, by its call delta."""

    strike: float
    delta: float
    iv: float


@dataclass(frozen=True, slots=True)
class Smile:
    """The options of one expiry, by rising strike."""

    years: float
    knots: tuple[Knot, ...]


# ---- one option ------------------------------------------------------------------------------------------------------


def years(quote: OptionQuote) -> float:
    """Time to expiry as a part of a year of 365 days, to the second."""
    return (quote.expiry - quote.at) / YEAR


def call_delta(moneyness: float, deviation: float) -> float:
    """N(d1) of the forward over the strike and one standard deviation, s sqrt T, both above zero."""
    d1 = math.log(moneyness) / deviation + deviation / 2
    return math.erfc(-d1 / math.sqrt(2)) / 2


def delta(quote: OptionQuote) -> float | None:
    """The option's own delta: 0 to 1 for a call, -1 to 0 for a put; None where it cannot be computed."""
    knot = _knot(quote)
    return None if knot is None else knot.delta - (quote.right == "put")


def _knot(quote: OptionQuote) -> Knot | None:
    """None for an option that is over, or has no volatility or forward: on expiring options both may be zero."""
    time, points, forward = years(quote), quote.mark_iv or 0.0, quote.forward or 0.0
    if min(time, points, forward, quote.strike) <= 0:
        return None
    return Knot(quote.strike, call_delta(forward / quote.strike, points / 100 * math.sqrt(time)), points)


def is_used(quote: OptionQuote) -> bool:
    """Whether an option belongs to a smile: somebody holds it and it is out of the money, a put below the forward, a
    call from the forward on."""
    if quote.forward is None or not (quote.open_interest or 0.0) > 0:
        return False
    return (quote.strike < quote.forward) == (quote.right == "put")


# ---- one expiry ------------------------------------------------------------------------------------------------------


def smiles(quotes: Iterable[OptionQuote]) -> tuple[Smile, ...]:
    """A smile for each expiry that has options to use, the next one first."""
    expiries: dict[datetime, list[OptionQuote]] = {}
    for quote in filter(is_used, quotes):
        expiries.setdefault(quote.expiry, []).append(quote)
    found = (Smile(years(expiries[at][0]), _knots(expiries[at])) for at in sorted(expiries))
    return tuple(smile for smile in found if smile.knots)


def _knots(quotes: Sequence[OptionQuote]) -> tuple[Knot, ...]:
    """One knot a strike. Where a put and a call of one strike are both out of the money, since the forward passed it
    between their quotes, the knot is their mean."""
    strikes: dict[float, list[Knot]] = {}
    for knot in filter(None, map(_knot, quotes)):
        strikes.setdefault(knot.strike, []).append(knot)
    return tuple(
        Knot(strike, _mean([one.delta for one in same]), _mean([one.iv for one in same]))
        for strike, same in sorted(strikes.items())
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def iv_at(smile: Smile, delta: float) -> float:
    """Volatility at a call delta, linear in delta between the two strikes around it.

    Raises Missing where no two neighbours are around it, and where several are: a smile so steep that a higher strike
    has the higher delta has no one volatility there.
    """
    found = list(_crossings(smile, delta))
    if len(found) != 1:
        what = "no options" if not found else "contradicting options"
        raise Missing(f"option_quotes: {what} around a call delta of {delta:.2f}")
    return found[0]


def _crossings(smile: Smile, delta: float) -> Iterator[float]:
    """The volatility wherever the smile passes a delta."""
    yield from (knot.iv for knot in smile.knots if knot.delta == delta)
    for left, right in pairwise(smile.knots):
        is_around = (left.delta - delta) * (right.delta - delta) < 0
        if is_around and abs(left.delta - right.delta) <= WIDEST:
            yield left.iv + (right.iv - left.iv) * (delta - left.delta) / (right.delta - left.delta)


# ---- a tenor ---------------------------------------------------------------------------------------------------------


def ivs_for(found: Iterable[Smile], days: float, *deltas: float) -> tuple[float, ...]:
    """Volatilities at some deltas for a constant tenor, all from the same expiries.

    Between the expiries before and after the tenor, neither more than three times sooner or later, total variance s^2 T
    is linear in time; else the one expiry nearest to it, within a third of the tenor. Raises Missing without one.
    """
    tenor = timedelta(days=days) / YEAR
    known = {smile.years: ivs for smile in found if (ivs := _ivs(smile, deltas)) and _is_near(smile.years, tenor)}
    before = max((time for time in known if time <= tenor), default=None)
    after = min((time for time in known if time >= tenor), default=None)
    if before is not None and after is not None:
        weight = (tenor - before) / (after - before) if after > before else 0.0
        pairs = zip(known[before], known[after], strict=True)
        return tuple(math.sqrt(((1 - weight) * a * a * before + weight * b * b * after) / tenor) for a, b in pairs)
    nearest = before if before is not None else after
    if nearest is None or abs(nearest - tenor) > tenor * NEAREST:
        named = " and ".join(f"{one:.2f}" for one in deltas)
        raise Missing(f"option_quotes: no expiry near {days:.0f} days has options around a call delta of {named}")
    return known[nearest]


def _ivs(smile: Smile, deltas: Sequence[float]) -> tuple[float, ...]:
    """Volatilities at all of the deltas; nothing where one of them is not known."""
    try:
        return tuple(iv_at(smile, delta) for delta in deltas)
    except Missing:
        return ()


def _is_near(time: float, tenor: float) -> bool:
    return tenor / FURTHEST <= time <= tenor * FURTHEST


def skew(found: Iterable[Smile], days: float) -> float:
    """Volatility of the 25-delta call minus that of the 25-delta put, in points: negative where puts are dearer."""
    call, put = ivs_for(found, days, CALL_25, PUT_25)
    return call - put


def atm_iv(found: Iterable[Smile], days: float) -> float:
    """Volatility at a delta of a half, in points."""
    return ivs_for(found, days, ATM)[0]
