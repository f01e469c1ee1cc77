"""Positions closed by force. Totals speak for the venues of their series and are never added across them."""

from __future__ import annotations

from datetime import date

from reporter import clock
from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.model import Unit


@fact(unit=Unit.USD, each=BOTH)
def liquidations_usd(read: Reader) -> float:
    """Long and short positions closed by force during the week, in dollars, as far as the venues report them."""
    return sum(_sides(read))


@fact(unit=Unit.USD, each=BOTH)
def liquidations_long_usd(read: Reader) -> float:
    """Long positions closed by force during the week, in dollars."""
    return _sides(read)[0]


@fact(unit=Unit.USD, each=BOTH)
def liquidations_short_usd(read: Reader) -> float:
    """Short positions closed by force during the week, in dollars."""
    return _sides(read)[1]


@fact(unit=Unit.SHARE, each=BOTH, kind="part")
def liquidations_long_share(read: Reader) -> float:
    """Share of long positions in the dollars closed by force during the week."""
    longs, shorts = _sides(read)
    if longs + shorts == 0:
        raise Missing("liquidations: none were reported, so there is no share")
    return longs / (longs + shorts)


@fact(unit=Unit.USD, each=BOTH)
def liquidations_largest_day_usd(read: Reader) -> float:
    """Dollars closed by force on the day of the week with most of them."""
    return float(read.daily("liquidations_long", "liquidations_short")[1].max())


@fact(unit=Unit.DATE, each=BOTH, kind="plain")
def liquidations_largest_day(read: Reader) -> date:
    """Day of the week with most dollars closed by force (UTC); the first of them where two are equal."""
    days, totals = read.daily("liquidations_long", "liquidations_short")
    if not totals.any():
        raise Missing("liquidations: none were reported, so no day stands out")
    return clock.moment(days[totals.argmax()]).date()


@fact(unit=Unit.FRACTION, each=BOTH)
def liquidations_to_open_interest(read: Reader) -> float:
    """Dollars closed by force during the week over the open interest in dollars at its start."""
    total, opening = sum(_sides(read)), read.at("open_interest", read.start)
    read.require_same_assets()
    read.require_part("liquidations_long", "open_interest")
    if opening <= 0:
        raise Missing("open_interest: not positive at the start of the week")
    return total / opening


def _sides(read: Reader) -> tuple[float, float]:
    """Dollars of longs and of shorts, both as the same venues report them."""
    longs, shorts = read.sums("liquidations_long", "liquidations_short")
    return longs, shorts
