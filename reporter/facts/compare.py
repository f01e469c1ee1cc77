"""A week's value against its own past: previous, change, growth, percentile, highest and lowest since, streak.

Only weeks measured the same way are compared: a change of venues or of assets covered makes the past another series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from reporter.facts.catalogue import OF_VALUE
from reporter.history import Floats
from reporter.model import Measure, Unit, Week

YEAR_OF_WEEKS = 52
FEWEST_WEEKS = 26
NEAREST_SINCE = 8  # weeks: "the highest since" a fortnight ago says nothing


Evidence = tuple[str, int, int, int, tuple[int, ...]]  # series, first and last second, rows, numbers of payloads


@dataclass(frozen=True)
class Weekly:
    """What a fact was in one week, `basis`, a name for the venues and assets it was measured on, and its rows."""

    value: float
    basis: str
    evidence: tuple[Evidence, ...] = ()


def families(measure: Measure, value: float, past: Floats, week: Week) -> Iterator[tuple[str, float | date, Unit]]:
    """`(suffix, value, unit)` for each family of a fact that can be computed.

    `past` holds the weeks before, the last one first, NaN where a week is unknown or was measured on another basis.
    """
    offered = measure.families
    if len(past) and not np.isnan(past[0]):
        previous = float(past[0])
        yield "previous", previous, measure.unit
        if "change" in offered:
            yield "change", value - previous, measure.unit
        if "growth" in offered and previous > 0:
            yield "growth", value / previous - 1.0, Unit.FRACTION
    if "percentile" in offered and (share := percentile(value, past)) is not None:
        yield "percentile", share, Unit.SHARE
    for suffix, sign in (("high_since", 1.0), ("low_since", -1.0)):
        if suffix in offered and (back := weeks_since(value * sign, past * sign)):
            yield suffix, week.shifted(-back).last_day, Unit.DATE
    if "streak" in offered:
        yield "streak", float(streak(value, past, of_change=measure.streak_of != OF_VALUE)), Unit.COUNT


def reach(suffix: str, value: float | date, week: Week) -> int:
    """How many weeks before this one a family's value rests on."""
    if suffix == "percentile":
        return YEAR_OF_WEEKS
    if isinstance(value, date):
        return (week.last_day - value).days // 7
    return abs(int(value)) if suffix == "streak" else 0


def percentile(value: float, past: Floats) -> float | None:
    """Share of the previous 52 weekly values below this one; None where fewer than 26 of them are known."""
    year = past[:YEAR_OF_WEEKS]
    known = year[~np.isnan(year)]
    return float((known < value).mean()) if len(known) >= FEWEST_WEEKS else None


def weeks_since(value: float, past: Floats) -> int | None:
    """How many weeks ago the value was last at least this high; None where that is close, was never, or a week between
    is unknown."""
    reached = np.flatnonzero(past >= value)
    if not len(reached) or np.isnan(past[: reached[0]]).any():
        return None
    back = int(reached[0]) + 1
    return back if back >= NEAREST_SINCE else None


def streak(value: float, past: Floats, of_change: bool) -> int:
    """Weeks in a row of one sign up to this one, of the value or of its change: signed, 0 where this week has none."""
    run = np.concatenate(([value], past))
    signs = np.sign(run[:-1] - run[1:]) if of_change else np.sign(run)
    if not len(signs) or np.isnan(signs[0]) or signs[0] == 0:
        return 0
    other = np.flatnonzero(signs != signs[0])
    return int(signs[0]) * int(other[0] if len(other) else len(signs))
