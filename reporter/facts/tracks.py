"""The series behind the charts: the rows of thirteen weeks, from the source that the week's facts are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from reporter import clock
from reporter.facts.setting import Setting
from reporter.facts.view import View
from reporter.history import History, Rows, Window
from reporter.model import Kind, Point, Track, Week

SPAN = timedelta(weeks=13)
ENOUGH = 0.95  # of the rows expected: a mean bears one that is missing


def tracks(
    history: History, setting: Setting, measures: Iterable[str], week: Week, as_of: datetime
) -> dict[tuple[str, str], Track]:
    """A track by (asset, measure) for each series that has rows in the week, as known at its cut; the others are not
    there."""
    view = View(history, setting, as_of, week.end - SPAN)
    found = {}
    for measure in measures:
        for asset in setting.assets:
            if window := _window(view.rows(measure, asset), week):
                found[asset, measure] = _drawn(window, history.payload_names(window.payload.tolist()))
    return found


def _window(candidates: Sequence[Rows], week: Week) -> Window | None:
    """The rows of the candidate that has most of the week, the preferred one of equals."""
    rows = max(candidates, key=lambda rows: _share(rows, week), default=None)
    if rows is None or not _share(rows, week):
        return None
    return rows.window(clock.seconds(week.end - SPAN), _end(rows, week), clock.seconds(week.cut))


def _share(rows: Rows, week: Week) -> float:
    """How much of the rows that a fact needs there are in the week, at most 1."""
    there = len(rows.window(clock.seconds(week.start), _end(rows, week), clock.seconds(week.cut)))
    expected = (week.end - week.start) / rows.series.cadence + (rows.series.kind == Kind.INSTANT)
    return min(1.0, there / (ENOUGH * expected))


def _end(rows: Rows, week: Week) -> int:
    """An instant at the very end of the week is the week's closing value."""
    return clock.seconds(week.end) + (rows.series.kind == Kind.INSTANT)


def _drawn(window: Window, names: Mapping[int, str]) -> Track:
    pairs = zip(window.at, window.value, strict=True)
    points = tuple(Point(clock.moment(int(at)), float(value)) for at, value in pairs)
    return Track(window.series.label, window.series.unit, points, window.input(names))
