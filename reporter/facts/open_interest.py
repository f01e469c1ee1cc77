"""Open positions, single-sided, in dollars and in coins, and what moved them: positions or price."""

from __future__ import annotations

from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.model import Unit

DAY = 86_400


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
    return _coins(read, read.end)


@fact(unit=Unit.USD, kind="signed")
def open_interest_position_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from positions: the price at the start x the change in
    coins."""
    return _price(read, read.start) * (_coins(read, read.end) - _coins(read, read.start))


@fact(unit=Unit.USD, kind="signed")
def open_interest_price_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from price: the coins at the start x the change in
    price."""
    return _coins(read, read.start) * (_price(read, read.end) - _price(read, read.start))


def _coins(read: Reader, moment: int) -> float:
    return read.at("open_interest", moment) / _price(read, moment)


def _price(read: Reader, moment: int) -> float:
    """Spot price at an instant: the close of the interval that ends there."""
    price = read.close_at("price_close", moment)
    if price <= 0:
        raise Missing("price_close: a price that is not positive")
    return price
