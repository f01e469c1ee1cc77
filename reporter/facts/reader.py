"""What a fact asks for its rows: the Reader hands out windows of series and remembers each, so provenance is recorded,
not claimed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from reporter import clock, sessions
from reporter.history import Floats, History, Ints, Rows, Window
from reporter.model import MARKET, Series, Week

DAY = 86_400
Cutter = Callable[[Rows], Window]


class Missing(Exception):
    """Too little is known for a fact; the text says what. Becomes a Gap."""


@dataclass(frozen=True)
class Setting:
    """What the config says about measuring: the assets, the lead, and which venues speak for a measure, best first."""

    assets: tuple[str, ...]
    lead: str
    venues: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]


class View:
    """The history as seen at one moment: each series is read once, when first asked for, from `since` on."""

    def __init__(self, history: History, setting: Setting, as_of: datetime, since: datetime | None) -> None:
        self.setting = setting
        self._history = history
        self._as_of = as_of
        self._since = since
        self._series = history.series()
        self._rows: dict[tuple[str, str, bool], tuple[Rows, ...]] = {}
        self.windows: dict[tuple[str, int, int, int], Window] = {}

    def rows(self, measure: str, asset: str, whole: bool = False) -> tuple[Rows, ...]:
        """All candidates for a measure of an asset, in the order of preference; `whole` reads back to the first row."""
        key = (measure, asset, whole or self._since is None)
        if key not in self._rows:
            since = None if key[2] else self._since
            found = (self._history.rows(one, since, self._as_of) for one in self._candidates(measure, asset))
            self._rows[key] = tuple(rows for rows in found if len(rows.at))
        return self._rows[key]

    def _candidates(self, measure: str, asset: str) -> list[Series]:
        """Venues as the config orders them; unlisted ones only where it lists none, `all` first. Then sources as
        listed."""
        venues = self.setting.venues.get(measure, ())
        sources = self.setting.sources

        def preference(one: Series) -> tuple[int, str, int]:
            venue = venues.index(one.venue) if venues else int(one.venue != "all")
            return venue, one.venue, sources.index(one.source)

        found = (s for s in self._series if s.measure == measure and s.asset == asset and s.source in sources)
        return sorted((s for s in found if not venues or s.venue in venues), key=preference)


@dataclass
class Reader:
    """The questions a fact may ask about one week and one subject. For `market` each answer covers every asset there
    is."""

    view: View
    week: Week
    subject: str
    used: list[Window] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start, self.end, self._cut = (clock.seconds(t) for t in (self.week.start, self.week.end, self.week.cut))

    # ---- questions ---------------------------------------------------------------------------------------------------

    def window(self, measure: str, at_least: float = 1.0, days_before: int = 0) -> Window:
        """The rows of one asset in [start, end), or from `days_before` the start. Raises Missing below the share
        `at_least`."""
        return self._one(self.windows(measure, at_least, days_before))

    def windows(self, measure: str, at_least: float = 1.0, days_before: int = 0) -> tuple[Window, ...]:
        """A window for each asset of the subject, all from one venue: scopes are never added."""
        first = self.start - days_before * DAY
        return self._gather(measure, lambda rows: self._interval(rows, first, at_least))

    def sum(self, measure: str) -> float:
        """The week's total. Raises Missing where a row is not there: an unknown part is not zero."""
        return math.fsum(value for window in self.windows(measure) for value in window.value)

    def last(self, measure: str) -> float:
        """The week's last value of an interval series (its Sunday); Missing where that last interval is not there."""
        window = self.window(measure, at_least=0.0)
        if not len(window) or window.at[-1] + _cadence(window.series) < self.end:
            raise Missing(f"{measure}: no value for the last interval of the week")
        return float(window.value[-1])

    def at(self, measure: str, moment: int) -> float:
        """The value of an instant series at a moment; for the market the sum over its assets."""
        found = self._gather(measure, lambda rows: self._instant(rows, moment))
        return math.fsum(window.value[-1] for window in found)

    def close_at(self, measure: str, moment: int) -> float:
        """The value of the interval of an asset's series that ends at a moment."""

        def ending(rows: Rows) -> Window:
            window = self._cut_out(rows, moment - _cadence(rows.series), moment - _cadence(rows.series) + 1)
            if not len(window):
                raise Missing(f"{measure}: no value up to {clock.moment(moment):%Y-%m-%d %H:%M}")
            return window

        return float(self._one(self._gather(measure, ending)).value[-1])

    def latest(self, measure: str) -> float:
        """The last value of an instant series in the week, no older than a day. Raises Missing where there is none."""
        return float(self._one(self._gather(measure, self._latest)).value[-1])

    def index(self, measure: str) -> float:
        """The last interval's value of a series that belongs to the market as a whole."""
        window = self._one(
            self._gather(measure, lambda rows: self._interval(rows, self.end - DAY, 1.0), assets=(MARKET,))
        )
        return float(window.value[-1])

    def daily(self, *measures: str) -> tuple[Ints, Floats]:
        """Day starts of the week and each day's total over measures and assets. Raises Missing as `sum` does."""
        days = np.arange(self.start, self.end, DAY, dtype=np.int64)
        total = np.zeros(len(days))
        for measure in measures:
            for window in self.windows(measure):
                np.add.at(total, (window.at - self.start) // DAY, window.value)
        return days, total

    def sessions(self, measure: str) -> tuple[Ints, Floats]:
        """Days and summed values of the week's trading sessions. Raises Missing where an expected session has no
        row."""
        return self._sessions(measure, self.start)

    def all_sessions(self, measure: str) -> tuple[Ints, Floats]:
        """The same from the first session there ever was up to the week's end; earlier holes are left out."""
        return self._sessions(measure, None)

    # ---- answers -----------------------------------------------------------------------------------------------------

    def _assets(self) -> tuple[str, ...]:
        return self.view.setting.assets if self.subject == MARKET else (self.subject,)

    def _gather(
        self, measure: str, cut_out: Cutter, assets: Sequence[str] = (), whole: bool = False
    ) -> tuple[Window, ...]:
        """One window an asset, from the first venue that has all of them. Raises Missing with the first venue's
        reason."""
        by_venue: dict[str, dict[str, list[Rows]]] = {}
        for asset in assets or self._assets():
            for rows in self.view.rows(measure, asset, whole):
                if rows.at[0] <= self.end:
                    by_venue.setdefault(rows.series.venue, {}).setdefault(asset, []).append(rows)
        reasons = []
        for by_asset in _in_order(by_venue, self.view.setting.venues.get(measure, ())):
            try:
                found = tuple(_first(candidates, cut_out) for candidates in by_asset.values())
            except Missing as problem:
                reasons.append(str(problem))
                continue
            self.used.extend(window for window in found if len(window))
            return found
        raise Missing(reasons[0] if reasons else f"{measure}: no source has it for {self.subject}")

    def _interval(self, rows: Rows, first: int, at_least: float) -> Window:
        window = self._cut_out(rows, first, self.end)
        expected = (self.end - first) // _cadence(rows.series)
        if len(window) < at_least * expected:
            raise Missing(
                f"{rows.series.measure}: {len(window)} of {expected} expected rows {_between(first, self.end)}"
            )
        return window

    def _instant(self, rows: Rows, moment: int) -> Window:
        """The value at the moment, or the last one that is younger than the series' cadence."""
        window = self._cut_out(rows, moment - _cadence(rows.series) + 1, moment + 1)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value at {clock.moment(moment):%Y-%m-%d %H:%M}")
        return Window(window.series, window.at[-1:], window.value[-1:], window.payload[-1:])

    def _latest(self, rows: Rows) -> Window:
        window = self._cut_out(rows, self.end - DAY, self.end)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value on the last day of the week")
        return Window(window.series, window.at[-1:], window.value[-1:], window.payload[-1:])

    def _sessions(self, measure: str, first: int | None) -> tuple[Ints, Floats]:
        by_day: dict[int, float] = {}
        found = self._gather(measure, lambda rows: self._session_rows(rows, first), whole=first is None)
        for window in found:
            for at, value in zip(window.at, window.value, strict=True):
                by_day[int(at)] = by_day.get(int(at), 0.0) + float(value)
        if not by_day:
            raise Missing(f"{measure}: no session {_between(first or self.start, self.end)}")
        days = np.array(sorted(by_day), dtype=np.int64)
        return days, np.array([by_day[int(day)] for day in days])

    def _session_rows(self, rows: Rows, first: int | None) -> Window:
        start = int(rows.at[0]) if first is None else first
        window = self._cut_out(rows, start, self.end)
        days = [clock.moment(t).date() for t in (start, self.end)]
        expected = {
            clock.seconds(clock.midnight(d)) for d in sessions.flow_sessions(rows.series.asset, days[0], days[1])
        }
        keep = np.array([int(at) in expected for at in window.at], dtype=bool)
        if first is not None and keep.sum() < len(expected):
            raise Missing(
                f"{rows.series.measure}: {keep.sum()} of {len(expected)} expected sessions {_between(start, self.end)}"
            )
        return Window(window.series, window.at[keep], window.value[keep], window.payload[keep])

    def _cut_out(self, rows: Rows, first: int, end: int) -> Window:
        """The rows of [first, end) as known at the week's cut; many facts of a week ask for the same ones."""
        key = (rows.series.id, first, end, self._cut)
        found = self.view.windows.get(key)
        if found is None:
            found = self.view.windows[key] = rows.window(first, end, self._cut)
        return found

    def _one(self, found: tuple[Window, ...]) -> Window:
        if len(found) != 1:
            raise Missing(f"asked of {self.subject}, which has {len(found)} assets")
        return found[0]


def _in_order(
    by_venue: Mapping[str, Mapping[str, list[Rows]]], listed: Sequence[str]
) -> Iterable[Mapping[str, list[Rows]]]:
    order = listed or sorted(by_venue, key=lambda venue: (venue != "all", venue))
    return (by_venue[venue] for venue in order if venue in by_venue)


def _first(candidates: Sequence[Rows], cut_out: Cutter) -> Window:
    """The window of the first source that has enough. Raises the first one's Missing where none has."""
    problem: Missing | None = None
    for rows in candidates:
        try:
            return cut_out(rows)
        except Missing as missing:
            problem = problem or missing
    raise problem or Missing("no source")


def _cadence(series: Series) -> int:
    return int(series.cadence.total_seconds())


def _between(first: int, end: int) -> str:
    return f"between {clock.moment(first):%Y-%m-%d} and {clock.moment(end - 1):%Y-%m-%d}"
