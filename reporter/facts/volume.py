"""Turnover on spot markets and in perpetual futures."""

from __future__ import annotations

from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.model import Unit


@fact(unit=Unit.USD, each=BOTH)
def spot_volume_usd(read: Reader) -> float:
    """Spot turnover of the week in dollars, at the venues of the series."""
    return read.sum("spot_volume")


@fact(unit=Unit.USD, each=BOTH)
def perp_volume_usd(read: Reader) -> float:
    """Turnover of perpetual futures in the week in dollars, at the venues of the series."""
    return read.sum("perp_volume")


@fact(unit=Unit.RATIO, each=BOTH)
def perp_to_spot_volume(read: Reader) -> float:
    """Turnover of perpetual futures over spot turnover, both of the week and at the same venues."""
    spot, perpetual = read.sums("spot_volume", "perp_volume")
    if spot <= 0:
        raise Missing("spot_volume: nothing was traded")
    return perpetual / spot
