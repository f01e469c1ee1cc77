"""The grid behind the chart of liquidation levels: those that the week's facts are measured on, hour by hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from reporter import clock
from reporter.facts.levels import BAND, FIRST, HOUR, LAST, Levels, Opened, band, by_hour, levels, opened
from reporter.facts.reader import Missing, Reader
from reporter.facts.setting import Setting
from reporter.facts.view import BEFORE, DAY, View
from reporter.history import Floats, History, Ints
from reporter.model import Level, LevelGrid, Point, Track, Week

FURTHEST = 200  # bands from the close: a price that is further off is an error


@dataclass(frozen=True)
class Cells:
    """Sizes with a row for each of `bands` and a column from each of `starts` on, and the price beside them."""

    bands: Ints
    starts: Ints
    size: Floats
    at: Ints
    price: Floats


def level_grid(history: History, setting: Setting, week: Week, as_of: datetime) -> LevelGrid | None:
    """The lead asset's levels over a week, of the same list or estimate as its facts; None where there is neither, and
    where a provider's list has the levels of one moment only."""
    read = Reader(View(history, setting, as_of, week.start - BEFORE), week, setting.lead)
    try:
        close = read.last("price_close")
        listed = _listed(read)
        cells = _modelled(history, read, close, listed, as_of) if listed else _estimated(read, close)
    except Missing:
        return None
    if not cells.size.any():
        return None
    return _grid(history, read, close, cells, not listed)


def _listed(read: Reader) -> tuple[Level, ...]:
    try:
        return read.items(Level)
    except Missing:
        return ()


def _estimated(read: Reader, close: float) -> Cells:
    found = opened(read, close)
    return standing(found, levels(found), close)


def standing(found: Opened, placed: Levels, close: float) -> Cells:
    """A level stands in its band from the hour in which it was opened until the one in which the price passed it."""
    bands, rows = _rows(found.price, placed.price, close)
    near = (rows >= 0) & (rows < len(bands))
    change = np.zeros((len(bands), placed.hours + 1))
    np.add.at(change, (rows[near], placed.opened[near]), placed.size[near])
    np.add.at(change, (rows[near], placed.passed[near]), -placed.size[near])
    starts = np.concatenate(([found.at[0] - HOUR], found.at[:-1]))
    return Cells(bands, starts, np.maximum(change.cumsum(axis=1)[:, :-1], 0.0), found.at, found.price)


def _modelled(history: History, read: Reader, close: float, listed: Sequence[Level], as_of: datetime) -> Cells:
    """What the list that the facts are measured on says of each moment of the week."""
    week, number = read.week, listed[0].payload_id
    every = history.items(Level, week.start, week.end, as_of, read.subject)
    found = [one for one in every if one.payload_id == number and one.at < week.end]
    if not found:
        raise Missing("liquidation levels: the list has none of the moments of the week")
    at, price = _path(read)
    bands, rows = _rows(price, np.array([one.price for one in found]), close)
    near = (rows >= 0) & (rows < len(bands))
    starts, columns = np.unique([clock.seconds(one.at) for one in found], return_inverse=True)
    size = np.zeros((len(bands), len(starts)))
    np.add.at(size, (rows[near], columns[near]), np.array([one.size for one in found])[near])
    return Cells(bands, starts.astype(np.int64), size, at, price)


def _path(read: Reader) -> tuple[Ints, Floats]:
    """The moments and prices of the week's hours, else of its days: each at the end of its interval."""
    for window in by_hour(read, "perp_close_hourly", HOUR):
        if len(window):
            read.used.append(window)
            return window.at + HOUR, window.value
    window = read.window("price_close")
    return window.at + DAY, window.value


def _rows(path: Floats, price: Floats, close: float) -> tuple[Ints, Ints]:
    """The bands from the lowest to the highest that is within reach or that the price went through, and the row of each
    level among them."""
    through = band(path, close).clip(-FURTHEST, FURTHEST)
    bands = np.arange(min(FIRST, through.min()), max(LAST, through.max() + 1))
    return bands, band(price, close) - bands[0]


def _grid(history: History, read: Reader, close: float, cells: Cells, is_estimate: bool) -> LevelGrid:
    labels = {one.source: one.label for one in history.series()}  # a list is no series and has no label of its own
    used = {window.series.id: window for window in read.used}.values()
    names = history.payload_names(number for window in used for number in window.payload.tolist())
    tracks = (Track(w.series.label or labels.get(w.series.source, ""), w.series.unit, (), w.input(names)) for w in used)
    edges = close * (1 + BAND) ** np.append(cells.bands, cells.bands[-1] + 1.0)
    relative = cells.size / cells.size.max()
    return LevelGrid(
        asset=read.subject,
        is_estimate=is_estimate,
        edges=tuple(map(float, edges)),
        starts=tuple(clock.moment(int(at)) for at in cells.starts),
        end=read.week.end,
        sizes=tuple(tuple(map(float, row)) for row in relative),
        path=tuple(Point(clock.moment(int(at)), float(v)) for at, v in zip(cells.at, cells.price, strict=True)),
        tracks=tuple(tracks),
    )
