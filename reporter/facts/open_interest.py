"""Open positions, single-sided, in dollars and in coins, and what moved them: positions or price."""

from __future__ import annotations

from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.model import Unit


@fact(unit=Unit.USD, each=BOTH)
def open_interest_usd(read: Reader) -> float:
    """Open interest in dollars at the end of the week, Monday 00:00 UTC."""
    return read.at("open_interest", read.end)


@fact(unit=Unit.USD, each=BOTH)
def open_interest_opening_usd(read: Reader) -> float:
    """Open interest in dollars at the start of the week, Monday 00:00 UTC."""
    return read.at("open_interest", read.start)


@fact(unit=Unit.COIN)
def open_interest_coins(read: Reader) -> float:
    """Open interest at the end of the week in coins: the dollars over the spot price of the same instant."""
    return read.at("open_interest", read.end) / _positive(read.close_at("price_close", read.end))


@fact(unit=Unit.USD, kind="signed")
def open_interest_position_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from positions: the price at the start x the change in
    coins."""
    (opening, closing), (before, after) = read.edges("open_interest"), _prices(read)
    return before * (closing / after - opening / before)


@fact(unit=Unit.USD, kind="signed")
def open_interest_price_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from price: the coins at the start x the change in
    price."""
    (opening, _), (before, after) = read.edges("open_interest"), _prices(read)
    return opening / before * (after - before)


def _prices(read: Reader) -> tuple[float, float]:
    """Spot price at the start and at the end of the week: the closes of the intervals that end there."""
    before, after = read.close_edges("price_close")
    return _positive(before), _positive(after)


def _positive(price: float) -> float:
    if price <= 0:
        raise Missing("price_close: a price that is not positive")
    return price
