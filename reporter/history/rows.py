"""Rows of one series as numpy arrays: windows are cut out with searchsorted, because a first run asks for thousands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reporter import clock
from reporter.model import Input, Series

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Kept(NamedTuple):
    """One stored row of a series; a withdrawn one has no value."""

    at: int
    seen: int
    known: int
    value: float | None
    payload: int
    line: int | None


@dataclass(frozen=True)
class Rows:
    """All rows of one series, ordered by (at, seen): revisions stand next to each other. A withdrawn value is NaN
    here."""

    series: Series
    at: Ints
    seen: Ints
    known: Ints
    value: Floats
    payload: Ints

    def window(self, first: int, end: int, cut: int) -> Window:
        """The rows of [first, end) as known at `cut`: of each moment the last seen, withdrawn ones left out."""
        part = slice(*self.at.searchsorted((first, end)))
        at, known, value, payload = self.at[part], self.known[part], self.value[part], self.payload[part]
        if len(at) and known.max() > cut:
            keep = known <= cut
            at, value, payload = at[keep], value[keep], payload[keep]
        if len(at) > 1 and (at[1:] == at[:-1]).any():
            last = np.append(at[1:] != at[:-1], True)
            at, value, payload = at[last], value[last], payload[last]
        if np.isnan(value).any():
            there = ~np.isnan(value)
            at, value, payload = at[there], value[there], payload[there]
        return Window(self.series, at, value, payload)


@dataclass(frozen=True)
class Window:
    """Some rows of one series: moments in seconds, values in base units, finite."""

    series: Series
    at: Ints
    value: Floats
    payload: Ints

    def __len__(self) -> int:
        return len(self.at)

    def input(self, names: Mapping[int, str]) -> Input:
        """The provenance of these rows; `names` gives payload ids for payload numbers. There must be a row."""
        ids = tuple(sorted({names[int(n)] for n in np.unique(self.payload)}))
        return Input(self.series.id, clock.moment(self.at[0]), clock.moment(self.at[-1]), len(self.at), ids)


def columns(series: Series, found: Sequence[Kept]) -> Rows:
    """The rows as arrays."""
    at, seen, known, value, payload, _ = list(zip(*found, strict=True)) or [()] * 6
    floats = np.array([np.nan if v is None else v for v in value], dtype=np.float64)
    ints = [np.array(c, dtype=np.int64) for c in (at, seen, known, payload)]
    return Rows(series, ints[0], ints[1], ints[2], floats, ints[3])


def standing(found: Sequence[Kept], streams: Mapping[int, object]) -> Sequence[Kept]:
    """The rows, ordered by (at, seen), in which a withdrawal gives way to what another stream still says.

    `streams` gives the source and key that a payload number belongs to: one file that drops a row does not speak for
    the other files that have it.
    """
    gone = {row.at for row in found if row.value is None}
    if not gone or len({streams[row.payload] for row in found if row.at in gone}) == 1:
        return found
    result: list[Kept] = []
    said: dict[object, Kept] = {}
    for index, row in enumerate(found):
        if index and found[index - 1].at != row.at:
            said = {}
        said.pop(streams[row.payload], None)
        if row.value is not None:
            said[streams[row.payload]] = row
        other = next(reversed(said.values()), None)
        stands = row if other is None else other._replace(seen=row.seen, known=max(row.known, other.known))
        result.append(stands)
    return result
