"""A week's value against its own past: previous, change, growth, percentile, highest and lowest since, streak.

Only weeks measured the same way are compared: a change of venues or of assets covered makes the past another series.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from reporter import clock
from reporter.facts.catalogue import OF_VALUE
from reporter.history import Floats, Ints
from reporter.model import Input, Measure, Unit, Week

YEAR_OF_WEEKS = 52
FEWEST_WEEKS = 26
NEAREST_SINCE = 8  # weeks: "the highest since" a fortnight ago says nothing


Key = tuple[str, str]  # subject and name of a fact
Cell = tuple[Key, int]  # a fact in the week of this place
Evidence = tuple[str, int, int, int, tuple[int, ...]]  # series, first and last second, rows, numbers of payloads


@dataclass(frozen=True)
class Weekly:
    """What a fact was in one week, `basis`, a name for the venues and assets it was measured on, and its rows."""

    value: float
    basis: str
    evidence: tuple[Evidence, ...] = ()


NOTHING = Weekly(math.nan, "")
Values = Mapping[Key, Weekly]


@dataclass(frozen=True)
class Past:
    """The weekly values of every fact as columns over `starts`, the weeks' first seconds; NaN where there is no
    number. Each week stands as it was known at its own cut."""

    starts: Ints
    values: Mapping[Key, Floats]
    bases: Mapping[Key, NDArray[np.str_]]
    evidence: Mapping[Key, Sequence[tuple[Evidence, ...]]]

    def place(self, week: Week) -> int:
        """How many weeks there are before one."""
        return int(self.starts.searchsorted(clock.seconds(week.start)))

    def before(self, week: Week, key: Key, basis: str) -> Floats:
        """A fact's values in the weeks before one, the last first, those on another basis blanked."""
        return self.behind(key, self.place(week), basis) if key in self.values else np.empty(0)

    def behind(self, key: Key, place: int, basis: str, most: int | None = None) -> Floats:
        """The same before the week of a place, `most` of them."""
        part = slice(0 if most is None else max(0, place - most), place)
        return np.where(self.bases[key][part] == basis, self.values[key][part], np.nan)[::-1]

    def upto(self, week: Week, own: Values, keys: Mapping[Key, Key]) -> Past:
        """Some facts by names of their own in the weeks up to one, whose own values are given."""
        end = self.place(week)
        rows = {key: [*self._weeklies(known, end), own.get(known, NOTHING)] for key, known in keys.items()}
        return columns(np.append(self.starts[:end], clock.seconds(week.start)), rows)

    def _weeklies(self, key: Key, end: int) -> list[Weekly]:
        if key not in self.values:
            return [NOTHING] * end
        rows = zip(self.values[key][:end], self.bases[key][:end], self.evidence[key][:end], strict=True)
        return [Weekly(*row) for row in rows]

    def cells(self, week: Week, key: Key, basis: str, weeks: int) -> list[Cell]:
        """A fact in some weeks before one, those on another basis left out."""
        end = self.place(week) if key in self.values else 0
        return [(key, index) for index in range(max(0, end - weeks), end) if self.bases[key][index] == basis]

    def inputs(self, cells: Iterable[Cell], names: Mapping[int, str]) -> tuple[Input, ...]:
        """The rows of facts in some weeks, one input a series; rows that several facts rest on count once."""
        merged: dict[str, list[Evidence]] = {}
        for one in dict.fromkeys(one for key, index in cells for one in self.evidence[key][index]):
            merged.setdefault(one[0], []).append(one)
        return tuple(_merged(several, names) for several in merged.values())


def columns(starts: Ints, rows: Mapping[Key, Sequence[Weekly]]) -> Past:
    """Weekly values, one a week of each fact, turned into a column a fact."""
    return Past(
        starts,
        {key: np.array([one.value for one in row], dtype=np.float64) for key, row in rows.items()},
        {key: np.array([one.basis for one in row], dtype=np.str_) for key, row in rows.items()},
        {key: [one.evidence for one in row] for key, row in rows.items()},
    )


def _merged(several: Sequence[Evidence], names: Mapping[int, str]) -> Input:
    series, first, last, rows, payloads = zip(*several, strict=True)
    ids = sorted({names[number] for numbers in payloads for number in numbers})
    return Input(series[0], clock.moment(min(first)), clock.moment(max(last)), sum(rows), tuple(ids))


def families(measure: Measure, value: float, past: Floats, week: Week) -> Iterator[tuple[str, float | date, Unit]]:
    """`(suffix, value, unit)` for each family of a fact that can be computed.

    `past` holds the weeks before, the last one first, NaN where a week is unknown or was measured on another basis.
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
