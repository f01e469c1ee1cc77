"""What the facts were in the weeks before: a column of values a fact, and the rows behind them where asked for.

No comparison reaches further back than ten years, so that a note costs the same however long its history is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reporter import clock
from reporter.history import Floats, Ints
from reporter.model import Input, Week

TEN_YEARS = 522  # weeks: how far back a superlative, a streak and a base rate may reach

Key = tuple[str, str]  # subject and name of a fact
Cell = tuple[Key, int]  # a fact in the week of this place
Evidence = tuple[str, int, int, int, tuple[int, ...]]  # series, first and last second, rows, numbers of payloads
RestsOn = Callable[[Sequence[Cell]], Sequence[Sequence[Evidence]]]  # the rows behind each of some cells


@dataclass(frozen=True)
class Weekly:
    """What a fact was in one week, `basis`, a number for the venues and assets it was measured on, and its rows."""

    value: float
    basis: int
    evidence: tuple[Evidence, ...] = ()


NOTHING = Weekly(math.nan, 0)
Values = Mapping[Key, Weekly]


@dataclass(frozen=True)
class Past:
    """The weekly values of every fact as columns over `starts`, the weeks' first seconds; NaN where there is no
    number. Each week stands as it was known at its own cut. `evidence` fetches the rows behind cells."""

    starts: Ints
    values: Mapping[Key, Floats]
    bases: Mapping[Key, Ints]
    evidence: RestsOn

    def place(self, week: Week) -> int:
        """How many weeks there are before one."""
        return int(self.starts.searchsorted(clock.seconds(week.start)))

    def before(self, week: Week, key: Key, basis: int) -> Floats:
        """A fact's values in the ten years before a week, the last first, those on another basis blanked."""
        return self.behind(key, self.place(week), basis, TEN_YEARS) if key in self.values else np.empty(0)

    def behind(self, key: Key, place: int, basis: int, most: int) -> Floats:
        """The same before the week of a place, `most` of them."""
        part = slice(max(0, place - most), place)
        return np.where(self.bases[key][part] == basis, self.values[key][part], np.nan)[::-1]

    def upto(self, week: Week, own: Values, keys: Mapping[Key, Key]) -> Past:
        """Some facts by names of their own in the ten years up to a week, whose own values are given."""
        end = self.place(week)
        begin = max(0, end - TEN_YEARS)
        this = {key: own.get(known, NOTHING) for key, known in keys.items()}
        there = {key: known for key, known in keys.items() if known in self.values}
        values = {key: self.values[known][begin:end] for key, known in there.items()}
        bases = {key: self.bases[known][begin:end] for key, known in there.items()}
        blank, nowhere = np.full(end - begin, math.nan), np.zeros(end - begin, dtype=np.int64)

        def evidence(cells: Sequence[Cell]) -> list[Sequence[Evidence]]:
            earlier = iter(self.evidence([(keys[key], begin + place) for key, place in cells if begin + place < end]))
            return [next(earlier) if begin + place < end else this[key].evidence for key, place in cells]

        return Past(
            np.append(self.starts[begin:end], clock.seconds(week.start)),
            {key: np.append(values.get(key, blank), one.value) for key, one in this.items()},
            {key: np.append(bases.get(key, nowhere), one.basis) for key, one in this.items()},
            evidence,
        )

    def cells(self, week: Week, key: Key, basis: int, weeks: int) -> list[Cell]:
        """A fact in some weeks before one, those on another basis left out."""
        end = self.place(week) if key in self.values else 0
        begin = max(0, end - weeks)
        return [(key, begin + int(n)) for n in np.flatnonzero(self.bases[key][begin:end] == basis)] if end else []


def merged(rows: Iterable[Evidence], names: Mapping[int, str]) -> tuple[Input, ...]:
    """Rows as inputs, one a series, with payload ids from `names`; rows that stand there twice count once."""
    by_series: dict[str, list[Evidence]] = {}
    for one in dict.fromkeys(rows):
        by_series.setdefault(one[0], []).append(one)
    return tuple(_merged(several, names) for several in by_series.values())


def _merged(several: Sequence[Evidence], names: Mapping[int, str]) -> Input:
    series, first, last, rows, payloads = zip(*several, strict=True)
    ids = sorted({names[number] for number in set().union(*payloads)})
    return Input(series[0], clock.moment(min(first)), clock.moment(max(last)), sum(rows), tuple(ids))
