"""On which venues a total was counted: all named where a text first says it, "these venues" from then on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from reporter import units
from reporter.model import Cited, Printed

OPEN, BETWEEN, CLOSE = "\ue005", "\ue006", "\ue007"  # private-use characters, which prose may not contain
PLACE = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
AGAIN = " on these venues"

Parts = tuple[str | Printed | Cited, ...]


def placed(venues: Sequence[str]) -> str:
    """What stands in a rendered text where venues are told; nothing where there are none to tell."""
    return f"{OPEN}{BETWEEN.join(venues)}{CLOSE}" if venues else ""


def in_full(text: str) -> str:
    """The text with ` on Binance, OKX and Bybit` in each place."""
    return PLACE.sub(lambda found: f" on {units.listing(found[1].split(BETWEEN))}", text)


def counted(text: str) -> str:
    """The text with ` on three venues` in each place, as a title has it; a single venue is named."""
    return PLACE.sub(lambda found: _counted(found[1].split(BETWEEN)), text)


def named(text: str, met: list[str]) -> str:
    """The text with venues in full, or ` on these venues` where several were the last that the text named. `met` holds
    those last named, and is kept."""

    def name(found: re.Match[str]) -> str:
        is_known = BETWEEN in found[1] and met == [found[1]]
        met[:] = [found[1]]
        return AGAIN if is_known else in_full(found[0])

    return PLACE.sub(name, text)


def over(parts: Parts, change: Callable[[str], str]) -> Parts:
    """The parts with their own text changed; printed figures and citations stay."""
    return tuple(change(part) if isinstance(part, str) else part for part in parts)


def _counted(venues: Sequence[str]) -> str:
    return f" on {venues[0]}" if len(venues) == 1 else f" on {units.count(len(venues))} venues"
