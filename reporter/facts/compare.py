"""A week's value against its own past: previous, change, growth, percentile, swing, highest and lowest since, streak.

Only weeks measured the same way are compared: a change of venues or of assets covered makes the past another series.
Percentile and swing look a year back, the superlatives and the streak ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from reporter.facts.catalogue import OF_VALUE
from reporter.history import Floats
from reporter.model import Measure, Unit, Week

YEAR_OF_WEEKS = 52
FEWEST_WEEKS = 26
NEAREST_SINCE = 8  # weeks: "the highest since" a fortnight ago says nothing
YEAR_LONG = {"percentile": YEAR_OF_WEEKS, "swing": YEAR_OF_WEEKS + 1}  # the last change is from the week before its own


def families(measure: Measure, value: float, past: Floats, week: Week) -> Iterator[tuple[str, float | date, Unit]]:
    """`(suffix, value, unit)` for each family of a fact that can be computed.

    `past` holds the weeks of the ten years before, the last one first, NaN where a week is unknown or was measured on
    another basis.
    """
    offered = measure.families
    if "previous" in offered and len(past) and not np.isnan(past[0]):
        previous = float(past[0])
        yield "previous", previous, measure.unit
        if "change" in offered:
            yield "change", value - previous, measure.unit
        if "growth" in offered and previous > 0:
            yield "growth", value / previous - 1.0, Unit.FRACTION
    if "percentile" in offered and (share := percentile(value, past)) is not None:
        yield "percentile", share, Unit.SHARE
    if "swing" in offered and (share := swing(value, past, of_growth="growth" in offered)) is not None:
        yield "swing", share, Unit.SHARE
    for suffix, sign in (("high_since", 1.0), ("low_since", -1.0)):
        if suffix in offered and (back := weeks_since(value * sign, past * sign)):
            yield suffix, week.shifted(-back).last_day, Unit.DATE
    if "streak" in offered:
        yield "streak", float(streak(value, past, of_change=measure.streak_of != OF_VALUE)), Unit.COUNT


def reach(suffix: str, value: float | date, week: Week) -> int:
    """How many weeks before this one a family's value rests on."""
    if suffix in YEAR_LONG:
        return YEAR_LONG[suffix]
    if isinstance(value, date):
        return (week.last_day - value).days // 7
    return abs(int(value)) if suffix == "streak" else 0


def percentile(value: float, past: Floats) -> float | None:
    """Share of the previous 52 weekly values below this one; None where fewer than 26 of them are known."""
    year = past[:YEAR_OF_WEEKS]
    known = year[~np.isnan(year)]
    return float((known < value).mean()) if len(known) >= FEWEST_WEEKS else None


def swing(value: float, past: Floats, of_growth: bool) -> float | None:
    """Share of the previous 52 weekly changes that are smaller than this week's, whatever their sign; of a level they
    are relative, its growth. None where this week's change or all but 25 of the others are not known: a change is
    known between two neighbouring weeks that both are, and growth where the first of them is above zero."""
    run = np.concatenate(([value], past[: YEAR_OF_WEEKS + 1]))
    later, earlier = run[:-1], run[1:]
    if of_growth:
        earlier = np.where(earlier > 0, earlier, np.nan)
        sizes = np.abs(later / earlier - 1.0)
    else:
        sizes = np.abs(later - earlier)
    known = sizes[1:][~np.isnan(sizes[1:])]
    if len(known) < FEWEST_WEEKS or np.isnan(sizes[0]):
        return None
    return float((known < sizes[0]).mean())


def weeks_since(value: float, past: Floats) -> int | None:
    """How many weeks ago the value was last at least this high; None where that is close, was not in the past given
    (of ten years), or a week between is unknown."""
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
