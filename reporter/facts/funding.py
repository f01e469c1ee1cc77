"""What holders of perpetual futures paid each other. A positive rate is paid by longs to shorts."""

from __future__ import annotations

from reporter import units
from reporter.facts.catalogue import fact
from reporter.facts.reader import Reader
from reporter.model import Unit

MOST = 0.95  # of the settlements expected: a mean bears one that is missing, a sum does not
EIGHT_HOURS = 8.0


@fact(unit=Unit.RATE, kind="signed")
def funding_rate(read: Reader) -> float:
    """Mean of the funding rates settled during the week, for one interval of the venue."""
    return float(read.window("funding", at_least=MOST).value.mean())


@fact(unit=Unit.APR, kind="signed")
def funding_apr(read: Reader) -> float:
    """Mean of the funding rates settled during the week as a simple annual rate: the rate x 8760 / hours of its
    interval."""
    window = read.window("funding", at_least=MOST)
    hours = window.series.cadence.total_seconds() / 3600
    return units.apr_from_rate(float(window.value.mean()), hours)


@fact(unit=Unit.APR, kind="signed")
def funding_oi_weighted_apr(read: Reader) -> float:
    """Funding weighted by open interest across venues, as its provider publishes it for eight hours, the week's mean as
    a simple annual rate."""
    return units.apr_from_rate(float(read.window("funding_oi_weighted", at_least=MOST).value.mean()), EIGHT_HOURS)


@fact(unit=Unit.SHARE, kind="part")
def funding_negative_share(read: Reader) -> float:
    """Share of the week's funding intervals in which shorts paid longs."""
    return float((read.window("funding", at_least=MOST).value < 0).mean())


@fact(unit=Unit.FRACTION, kind="signed")
def funding_cost(read: Reader) -> float:
    """Sum of the funding rates settled during the week: what holding a long position through it cost, as a part of its
    size."""
    return read.sum("funding")
