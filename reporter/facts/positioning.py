"""How traders stand: accounts long and short, the mood."""

from __future__ import annotations

from reporter.facts.catalogue import fact
from reporter.facts.reader import Reader
from reporter.model import MARKET, Unit


@fact(unit=Unit.RATIO)
def long_short_ratio(read: Reader) -> float:
    """Accounts that are net long over accounts that are net short, the week's last value; it counts accounts, not
    money."""
    return read.latest("long_short_ratio")


@fact(unit=Unit.INDEX, each=(MARKET,), kind="level")
def fear_greed(read: Reader) -> float:
    """Fear and greed index of the week's last day, from 0 (extreme fear) to 100 (extreme greed)."""
    return read.index("fear_greed")
