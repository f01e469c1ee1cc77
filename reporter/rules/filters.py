"""The filters of the rule language: which units each takes, and what it makes of a figure.

A *printer* turns a figure into marked text. A *step* stands before a printer and changes how the figure is shown. A
*word* makes a word of it. The walk at load reads these tables, so that a misfit is found before a run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reporter import units
from reporter.model import Printed, Unit
from reporter.rules import scopes
from reporter.rules.figure import (
    Figure,
    counted,
    known,
    placed,
    printed,
    turned,
    unmark,
    venues,
    verbs,
    with_plus,
    with_worth,
)
from reporter.rules.names import Offer

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = frozenset(Unit) - {Unit.DATE}


def ordinal(value: float) -> str:
    """`third`; figures from eleven up, as in `21st`."""
    number = abs(int(units.rounded(value, 0)))
    if 0 < number <= len(ORDINALS):
        return ORDINALS[number - 1]
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{units.figure(number)}{ending}"


@dataclass(frozen=True, slots=True)
class Printer:
    """How one filter prints, the units it takes, and whether it is for differences of shares and rates."""

    text: Callable[[Any], str]
    takes: frozenset[Unit]
    differences: bool = False

    def fits(self, offer: Offer) -> bool:
        return offer.unit in self.takes and self.differences == offer.is_difference


PRINTERS: Mapping[str, Printer] = {
    "usd": Printer(units.usd, frozenset({Unit.USD})),
    "price": Printer(units.price, frozenset({Unit.PRICE})),
    "coins": Printer(units.coins, frozenset({Unit.COIN})),
    "share": Printer(units.share, frozenset({Unit.SHARE})),
    "percent": Printer(units.percent, frozenset({Unit.FRACTION})),
    "rate": Printer(units.rate, frozenset({Unit.RATE})),
    "apr": Printer(units.apr, frozenset({Unit.APR})),
    "points": Printer(units.points, frozenset({Unit.POINTS})),
    "percentage_points": Printer(units.percentage_points, frozenset({Unit.SHARE, Unit.FRACTION, Unit.APR}), True),
    "ratio": Printer(units.ratio, frozenset({Unit.RATIO})),
    "index": Printer(units.index, frozenset({Unit.INDEX})),
    "count": Printer(units.count, frozenset({Unit.COUNT})),
    "figure": Printer(units.figure, frozenset({Unit.COUNT})),
    "ordinal": Printer(ordinal, frozenset({Unit.COUNT})),
    "day": Printer(units.day, frozenset({Unit.DATE})),
    "date": Printer(units.long_date, frozenset({Unit.DATE})),
    "weekday": Printer(units.weekday, frozenset({Unit.DATE})),
}
STEPS: Mapping[str, frozenset[Unit]] = {
    "size": NUMBERS,
    "signed": NUMBERS,
    "about": NUMBERS - {Unit.COUNT, Unit.INDEX},
}
WORDS: Mapping[str, tuple[int, int]] = {
    "direction": (2, 3),
    "moved": (0, 0),
    "standing": (2, 3),
    "plural": (2, 2),
    "on_venues": (0, 0),
}
UNSIGNED = frozenset({"count", "ordinal"})
NAMES = (*PRINTERS, *STEPS, *WORDS, "a_or_an")


def fitting(offer: Offer) -> tuple[str, ...]:
    """The printers that a figure's unit allows."""
    return tuple(name for name, printer in PRINTERS.items() if printer.fits(offer))


def _printing(name: str, printer: Printer) -> Callable[[object], str]:
    def apply(value: object) -> str:
        return printed(known(value, name), printer.text, printer.takes)

    return apply


def size(value: object) -> Figure:
    """The figure without its sign."""
    return with_worth(known(value, "size"), abs)


def signed(value: object) -> Figure:
    """The figure with a plus sign where it is positive."""
    return with_plus(known(value, "signed"))


def about(value: object) -> Figure:
    """The figure to two significant digits, for a sentence that says `about`."""
    return with_worth(known(value, "about"), two_digits)


def two_digits(value: float) -> float:
    """69812 becomes 70000, 0.0234 becomes 0.023."""
    if not value or not math.isfinite(value):
        return value
    return float(units.rounded(value, 1 - Decimal(repr(value)).adjusted()))


def direction(value: object, up: str, down: str, flat: str = "") -> str:
    """`rose` or `fell` by the sign as printed; the third word where it prints as zero."""
    figure = known(value, "direction")
    return turned(figure, (up, down, flat))


def moved(value: object) -> str:
    """`edged up`, `rose` or `plunged`: the ladder's verb for the change as printed and as large as its swing says."""
    figure = known(value, "moved")
    return turned(figure, verbs(figure))


def standing(value: object, high: str, low: str, ordinary: str = "") -> str:
    """`modestly heavy`, `unusually light`: where the figure stands in its past year; the third word in the middle."""
    return placed(known(value, "standing"), (high, low, ordinary))


def plural(value: object, one: str, many: str) -> str:
    """The first word for one, else the second."""
    return one if abs(counted(known(value, "plural"))) == 1 else many


def on_venues(value: object) -> str:
    """The place of ` on Binance, OKX and Bybit`, with a space before it; nothing where the source counts all venues."""
    return scopes.placed(venues(known(value, "on_venues")))


def a_or_an(value: str) -> str:
    """The text with the article that it is read with: `an 8%`, `a 7%`, `an 11%`, `a 110%`."""
    shown = "".join(part.text if isinstance(part, Printed) else part for part in unmark(value))
    return f"{'an' if _vowel(shown) else 'a'} {value}"


def _vowel(shown: str) -> bool:
    if digits := re.match(r"[+$]*(\d[\d,]*)", shown):
        head = digits[1].split(",")[0]
        return head.startswith("8") or head in {"11", "18"}
    return bool(re.match(r"(?!one\b|uni|use)[aeiou]", shown, re.IGNORECASE))


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{name: _printing(name, printer) for name, printer in PRINTERS.items()},
    "size": size,
    "signed": signed,
    "about": about,
    "direction": direction,
    "moved": moved,
    "standing": standing,
    "plural": plural,
    "on_venues": on_venues,
    "a_or_an": a_or_an,
}
