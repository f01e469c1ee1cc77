"""Futures against spot."""

from __future__ import annotations

from reporter.facts.catalogue import fact
from reporter.facts.reader import Reader
from reporter.model import Unit

TRADED = 0.7  # of the days: exchanges that close at weekends have five of seven


@fact(unit=Unit.FRACTION, kind="signed")
def basis(read: Reader) -> float:
    """Front future over spot as a part of the spot price, the mean of the week's closes; not annualised."""
    return float(read.window("basis", at_least=TRADED).value.mean())


@fact(unit=Unit.APR, kind="signed")
def basis_apr(read: Reader) -> float:
    """Three-month futures over spot at the week's close, as a simple annual rate."""
    return read.last("basis_apr")
