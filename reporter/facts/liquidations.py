"""Positions closed by force. Totals speak for the venues of their series and are never added across them."""

from __future__ import annotations

from datetime import date

import numpy as np

from reporter import clock
from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.history import Floats
from reporter.model import Unit

HOUR = 3600
SIDES = ("liquidations_long", "liquidations_short")


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
    return float(read.daily(*SIDES)[1].max())


@fact(unit=Unit.DATE, each=BOTH, kind="plain")
def liquidations_largest_day(read: Reader) -> date:
    """Day of the week with most dollars closed by force (UTC); the first of them where two are equal."""
    days, totals = read.daily(*SIDES)
    if not totals.any():
        raise Missing("liquidations: none were reported, so no day stands out")
    return clock.moment(days[totals.argmax()]).date()


@fact(unit=Unit.USD, each=BOTH)
def liquidations_largest_hour_usd(read: Reader) -> float:
    """Dollars closed by force in the clock hour of the week with most of them; only where the venue's series comes by
    the hour or more often."""
    return float(_by_hour(read).max())


@fact(unit=Unit.COUNT, each=BOTH, kind="plain")
def liquidations_largest_hour(read: Reader) -> float:
    """Hour of the day, 0 to 23 in UTC, at which the hour of the week with most dollars closed by force began; the first
    of them where two are equal."""
    return float(_largest_hour(read) % 24)


@fact(unit=Unit.DATE, each=BOTH, kind="plain")
def liquidations_largest_hour_day(read: Reader) -> date:
    """Day (UTC) of the hour of the week with most dollars closed by force; the first of them where two are equal."""
    return clock.moment(read.start + _largest_hour(read) * HOUR).date()


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
    longs, shorts = read.sums(*SIDES)
    return longs, shorts


def _by_hour(read: Reader) -> Floats:
    """Dollars of each hour of the week, both sides and all assets together: of the very series that the week's total
    is made of. Raises Missing as that does, and where one of them has no hours."""
    _sides(read)
    windows = [one for one in read.used if one.series.measure in SIDES]
    total = np.zeros((read.end - read.start) // HOUR)
    for window in windows:
        each = window.series.cadence.total_seconds() / HOUR
        if each > 1:
            often = "daily" if each == 24 else f"of {each:g} hours each"
            raise Missing(f"{window.series.measure}: the series is {often}, so that no hour can be told")
        np.add.at(total, (window.at - read.start) // HOUR, window.value)
    return total


def _largest_hour(read: Reader) -> int:
    """The number of the hour with most of them, counted from the week's start."""
    total = _by_hour(read)
    if not total.any():
        raise Missing("liquidations: none were reported, so no hour stands out")
    return int(total.argmax())
