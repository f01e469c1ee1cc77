"""Open positions, single-sided, in dollars and in coins, and what moved them: positions or price."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from reporter import clock
from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.history import Window
from reporter.model import Unit

PRICE_BAND = 0.01  # relative changes smaller than these are no direction
COIN_BAND = 0.02


@dataclass(frozen=True, slots=True)
class Held:
    """The positions open at a moment: how many coins, and the dollars for one."""

    coins: float
    price: float


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
    """Open interest at the end of the week in coins: as the venue counts them, else the dollars over the spot price of
    the same instant."""
    try:
        read.at("open_interest", read.end)
    except Missing:
        with suppress(Missing):
            return read.at("open_interest_coins", read.end)
        raise
    (closing,) = _held(read, read.used[-1:])
    return closing.coins


@fact(unit=Unit.USD, kind="signed")
def open_interest_position_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from positions: the price at the start x the change in
    coins."""
    opening, closing = _edges(read)
    return opening.price * (closing.coins - opening.coins)


@fact(unit=Unit.USD, kind="signed")
def open_interest_price_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from price: the coins at the start x the change in
    price."""
    opening, closing = _edges(read)
    return opening.coins * (closing.price - opening.price)


@fact(unit=Unit.USD, kind="signed")
def open_interest_cross_effect_usd(read: Reader) -> float:
    """Part of the week's change in open interest that comes from positions and price together: the change in coins x
    the change in price. With the effects of positions and of price it makes the whole change."""
    opening, closing = _edges(read)
    return (closing.coins - opening.coins) * (closing.price - opening.price)


@fact(unit=Unit.COUNT, kind="plain")
def price_positions_quadrant(read: Reader) -> float:
    """Price and open interest in coins over the week: 1 both up, 2 price down and coins up, 3 price up and coins down,
    4 both down; 0 where price moved by less than 1 % or coins by less than 2 %."""
    opening, closing = _edges(read)
    if not opening.coins:
        raise Missing("open_interest: no positions at the start of the week")
    price, coins = closing.price / opening.price - 1.0, closing.coins / opening.coins - 1.0
    if abs(price) < PRICE_BAND or abs(coins) < COIN_BAND:
        return 0.0
    return (1.0 if price > 0 else 2.0) + (0.0 if coins > 0 else 2.0)


@fact(unit=Unit.FRACTION)
def open_interest_to_market_cap(read: Reader) -> float:
    """Open interest at the end of the week over the market capitalisation of the same instant, both in dollars."""
    positions, worth = read.at("open_interest", read.end), read.at("market_cap", read.end)
    ours, theirs = (clock.moment(int(window.at[-1])) for window in read.used[-2:])
    if ours != theirs:
        raise Missing(f"market_cap: none at {ours:%Y-%m-%d %H:%M}, the moment of the open interest")
    if worth <= 0:
        raise Missing("market_cap: not positive at the end of the week")
    return positions / worth


def _edges(read: Reader) -> tuple[Held, Held]:
    """The positions at the start and at the end of the week, of one venue and counted in one way."""
    read.edges("open_interest")
    opening, closing = _held(read, read.used[-2:])
    return opening, closing


def _held(read: Reader, dollars: Sequence[Window]) -> tuple[Held, ...]:
    """Coins and price at the moments of some dollars: of the venue itself where it counts coins at each of them, else
    by the spot price."""
    own = [one for each in dollars if (one := _own_coins(read, each))]
    if len(own) == len(dollars):
        read.used.extend(own)
        coins = [float(one.value[-1]) for one in own]
        return tuple(Held(n, float(one.value[-1]) / n) for one, n in zip(dollars, coins, strict=True))
    prices = _spot(read, [int(one.at[-1]) for one in dollars])
    return tuple(Held(float(one.value[-1]) / price, price) for one, price in zip(dollars, prices, strict=True))


def _own_coins(read: Reader, dollars: Window) -> Window | None:
    """What the same venue and source counted in coins at the very moment of some dollars."""
    asked, moment, source = replace(read, used=[]), int(dollars.at[-1]), _place(dollars)
    with suppress(Missing):
        asked.at("open_interest_coins", moment)  # a series of all venues is in no list of venues
    asked.across_at("open_interest_coins", moment)
    same = (one for one in asked.used if _place(one) == source and int(one.at[-1]) == moment)
    return next((one for one in same if one.value[-1] > 0 and dollars.value[-1] > 0), None)


def _place(window: Window) -> tuple[str, str]:
    return window.series.venue, window.series.source


def _spot(read: Reader, moments: Sequence[int]) -> tuple[float, ...]:
    """Spot prices at some moments, all from one venue: the closes of the intervals that end there."""
    if tuple(moments) == (read.start, read.end):
        prices: tuple[float, ...] = read.close_edges("price_close")
    else:
        prices = tuple(read.close_at("price_close", moment) for moment in moments)
    if len({one.series.venue for one in read.used[-len(moments) :]}) > 1:
        raise Missing("price_close: no venue has a price at both moments of the open interest")
    if min(prices) <= 0:
        raise Missing("price_close: a price that is not positive")
    return prices
