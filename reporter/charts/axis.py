"""A number axis: the values to show go in, places on the sheet and ticks with their text come out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reporter import units
from reporter.model import Unit

SHORT = {"trillion": "tn", "billion": "bn", "million": "m"}
PER_CENT = (Unit.SHARE, Unit.FRACTION, Unit.RATE, Unit.APR)
DOLLARS = (Unit.USD, Unit.PRICE)


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` laid from `bottom` to `top`, in points."""

    low: float
    high: float
    bottom: float
    top: float

    def at(self, value: float) -> float:
        return self.bottom + (value - self.low) / (self.high - self.low) * (self.top - self.bottom)

    def ticks(self, fewest: int = 3) -> tuple[Decimal, ...]:
        """Multiples of the largest step of 1, 2 or 5 that leaves at least `fewest` of them on the axis."""
        power = math.ceil(math.log10(self.high - self.low))
        steps = (Decimal(digit).scaleb(power - down) for down in range(4) for digit in (10, 5, 2))
        ticks = (self._multiples(step) for step in steps)
        return next((found for found in ticks if len(found) >= fewest), ())

    def _multiples(self, step: Decimal) -> tuple[Decimal, ...]:
        first, last = math.ceil(self.low / float(step)), math.floor(self.high / float(step))
        return tuple(number * step for number in range(first, last + 1))


def around(values: Iterable[float], bottom: float, top: float, room: float = 0.06) -> Axis:
    """An axis that shows all the values, with some room above and below; equal values lie in its middle."""
    low, high = min(found := list(values)), max(found)
    spread = high - low
    if spread <= 1e-9 * max(abs(low), abs(high)):  # what is left is noise of the machine
        spread = abs(high) * 0.1 or 1e-4
        low, high = low - spread / 2, high + spread / 2
    return Axis(low - room * spread, high + room * spread, bottom, top)


def from_zero(values: Iterable[float], bottom: float, top: float, room: float = 0.06) -> Axis:
    """An axis for bars: zero is on it, and at an end of it where no value lies beyond."""
    low, high = min(0.0, *(found := list(values))), max(0.0, *found)
    spread = high - low or 1.0
    high = max(high, low + spread)
    return Axis(low - room * spread * (low < 0), high + room * spread * (high > 0), bottom, top)


def texts(ticks: Iterable[Decimal], unit: Unit) -> tuple[str, ...]:
    """A text for each tick, all in one scale and with as many decimals as the steps need: `$500m`, `12%`, `$70,000`."""
    found = tuple(tick * 100 if unit in PER_CENT else tick for tick in ticks)
    size, word = _scale(max(map(abs, found), default=Decimal(0))) if unit in (Unit.USD, Unit.COIN) else (Decimal(1), "")
    places = max((_places(tick / size) for tick in found), default=0)
    sign, ending = "$" if unit in DOLLARS else "", "%" if unit in PER_CENT else word
    return tuple(_text(tick / size, places, sign, ending) for tick in found)


def _text(value: Decimal, places: int, sign: str, ending: str) -> str:
    minus = units.MINUS if value < 0 else ""
    if not value:
        return f"{sign}0{'%' if ending == '%' else ''}"
    return f"{minus}{sign}{abs(units.rounded(value, places)):,}{ending}"


def _scale(largest: Decimal) -> tuple[Decimal, str]:
    return next(((size, SHORT[word]) for size, word in units.SCALES if largest >= size), (Decimal(1), ""))


def _places(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))
