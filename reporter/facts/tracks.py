"""The series behind the charts: the rows of thirteen weeks, from the source that the week's facts are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from reporter import clock
from reporter.facts.reader import Setting, View
from reporter.history import History, Rows, Window
from reporter.model import Kind, Point, Track, Week

SPAN = timedelta(weeks=13)


def tracks(
    history: History, setting: Setting, measures: Iterable[str], week: Week, as_of: datetime
) -> dict[tuple[str, str], Track]:
    """A track by (asset, measure) for each series that has rows in the week, as known at its cut; the others are not
    there."""
    view = View(history, setting, as_of, week.end - SPAN)
    names = history.payload_ids()
    found = {}
    for measure in measures:
        for asset in setting.assets:
            if track := _track(view.rows(measure, asset), week, names):
                found[asset, measure] = track
    return found


def _track(candidates: Iterable[Rows], week: Week, names: Mapping[int, str]) -> Track | None:
    start, end, cut = (clock.seconds(t) for t in (week.start, week.end, week.cut))
    for rows in candidates:
        # An instant at the very end of the week is the week's closing value.
        last = end + (1 if rows.series.kind == Kind.INSTANT else 0)
        if len(rows.window(start, last, cut)):
            return _drawn(rows.window(end - int(SPAN.total_seconds()), last, cut), names)
    return None


def _drawn(window: Window, names: Mapping[int, str]) -> Track:
    pairs = zip(window.at, window.value, strict=True)
    points = tuple(Point(clock.moment(int(at)), float(value)) for at, value in pairs)
    return Track(window.series.label, window.series.unit, points, window.input(names))
