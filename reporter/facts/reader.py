"""What a fact asks for its rows: the Reader hands out windows of series and remembers each, so provenance is recorded,
not claimed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

import numpy as np

from reporter import clock, sessions
from reporter.facts.view import BEFORE, DAY, One, View
from reporter.history import Floats, Ints, Rows, Window
from reporter.model import MARKET, Kind, Series, Unit, Week
from reporter.series import ALL_VENUES, LISTS

TOO_MANY = 1.05  # of the rows expected: a series that comes more often than it says cannot be counted
Cutter = Callable[[Rows], Window]
Question = tuple[str, Cutter]  # a measure, and what to cut out of its rows
Places = Mapping[str, Mapping[tuple[str, str], Sequence[Rows]]]  # by venue, then by measure and asset


class Missing(Exception):
    """Too little is known for a fact; the text says what. Becomes a Gap."""


@dataclass
class Reader:
    """The questions a fact may ask about one week and one subject. For `market` each answer covers every asset there
    is, and all of an answer is from one venue."""

    view: View
    week: Week
    subject: str
    used: list[Window] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start, self.end, self._cut = (clock.seconds(t) for t in (self.week.start, self.week.end, self.week.cut))
        self._before = clock.seconds(self.week.start - BEFORE)

    # ---- questions ---------------------------------------------------------------------------------------------------

    def window(self, measure: str, at_least: float = 1.0, days_before: int = 0) -> Window:
        """The rows of one asset in [start, end), or from `days_before` the start. Raises Missing below the share
        `at_least` of those expected."""
        first = self.start - days_before * DAY
        return self._one((measure, lambda rows: self._interval(rows, first, at_least)))

    def sum(self, measure: str) -> float:
        """The week's total. Raises Missing where a row is not there: an unknown part is not zero."""
        return self.sums(measure)[0]

    def sums(self, *measures: str) -> tuple[float, ...]:
        """The week's total of each measure, all of them from the same venue: they may be added and divided."""
        found = self._gather(*((measure, self._whole_week) for measure in measures))
        return tuple(math.fsum(value for window in windows for value in window.value) for windows in found)

    def daily(self, *measures: str) -> tuple[Ints, Floats]:
        """Day starts of the week and each day's total over measures and assets. Raises Missing as `sums` does."""
        days = np.arange(self.start, self.end, DAY, dtype=np.int64)
        total = np.zeros(len(days))
        for windows in self._gather(*((measure, self._whole_week) for measure in measures)):
            for window in windows:
                np.add.at(total, (window.at - self.start) // DAY, window.value)
        return days, total

    def last(self, measure: str) -> float:
        """The week's last value of an interval series (its Sunday); Missing where that last interval is not there."""
        return float(self._one((measure, self._closing)).value[-1])

    def latest(self, measure: str) -> float:
        """The last value of an instant series in the week, no older than a day. Raises Missing where there is none."""
        return float(self._one((measure, self._latest)).value[-1])

    def index(self, measure: str) -> float:
        """The week's last value of an interval series that belongs to the market as a whole."""
        return float(self._one((measure, self._closing), assets=(MARKET,)).value[-1])

    def at(self, measure: str, moment: int) -> float:
        """The value of an instant series at a moment; for the market the sum over its assets."""
        (windows,) = self._gather((measure, lambda rows: self._instant(rows, moment)))
        return math.fsum(window.value[-1] for window in windows)

    def edges(self, measure: str) -> tuple[float, float]:
        """The values of an asset's instant series at the start and at the end of the week, both from one venue."""
        return self._pair(measure, self._instant)

    def close_at(self, measure: str, moment: int) -> float:
        """The value of the interval of an asset's series that ends at a moment."""
        return float(self._one((measure, lambda rows: self._ending(rows, moment))).value[-1])

    def close_edges(self, measure: str) -> tuple[float, float]:
        """The values of the intervals that end at the start and at the end of the week, both from one venue."""
        return self._pair(measure, self._ending)

    def each_close_edges(self, measure: str) -> tuple[tuple[float, float], ...]:
        """The values of the intervals that end at the start and at the end of the week, a pair an asset that there is,
        all from one venue."""
        opening, closing = self._gather(
            (measure, lambda rows: self._ending(rows, self.start)), (measure, lambda rows: self._ending(rows, self.end))
        )
        return tuple((float(a.value[-1]), float(b.value[-1])) for a, b in zip(opening, closing, strict=True))

    def sessions(self, measure: str) -> tuple[Ints, Floats]:
        """Days and summed values of the week's trading sessions. Raises Missing where an expected session has no
        row."""
        return self._sessions(measure, whole=False)

    def all_sessions(self, measure: str) -> tuple[Ints, Floats]:
        """The same from the first session on record up to the week's end; NaN for an earlier session without a row."""
        return self._sessions(measure, whole=True)

    def sessions_due(self, measure: str) -> int:
        """How many sessions the week had for the subject's assets, of those with a series that goes on: it rests on the
        last row of each, of its preferred source. Raises Missing where none goes on, or has a session."""
        each = {asset: self.view.rows(measure, asset) for asset in self._assets()}
        going_on = {asset: next((rows for rows in some if self._goes_on(rows)), None) for asset, some in each.items()}
        last = {asset: _last_of(self._recent(rows)) for asset, rows in going_on.items() if rows}
        due = {day for asset in last for day in _session_days(asset, self.start, self.end)}
        if not due:
            raise Missing(f"{measure}: no session was due {_between(self.start, self.end)}")
        self.used.extend(last.values())
        return len(due)

    def items(self, kind: type[One]) -> tuple[One, ...]:
        """The records of the first list taken after the week's end, while it may still speak for the week. Raises
        Missing where none was taken: what was quoted then is not known afterwards."""
        found = self.view.first_list(kind, self.subject, self.end)
        if not found:
            raise Missing(f"{LISTS[kind.__name__]}: none were taken in the eight days after the week's end")
        number, source = self.view.payload(found[0].payload_id)
        name = f"{LISTS[kind.__name__]}/{self.subject}/{found[0].venue}/{source}"
        at = np.array([clock.seconds(one.at) for one in found], dtype=np.int64)
        listed = Series(name, Unit.COUNT, Kind.SNAPSHOT, timedelta(days=1))
        self.used.append(Window(listed, at, np.ones(len(at)), np.full(len(at), number, dtype=np.int64)))
        return found

    def across(self, measure: str, at_least: float = 1.0) -> dict[str, Window]:
        """The week's rows of an asset at each venue that has enough of them, by venue; `all` is none."""
        return self._across(measure, lambda rows: self._interval(rows, self.start, at_least))

    def across_at(self, measure: str, moment: int) -> dict[str, float]:
        """The value of an instant series of an asset at each venue that has it, by venue; `all` is none."""
        found = self._across(measure, lambda rows: self._instant(rows, moment))
        return {venue: float(window.value[-1]) for venue, window in found.items()}

    def beside(self, measure: str) -> tuple[Window, tuple[Window, ...]]:
        """The week's rows of the series of a measure that was read last, an instant at the week's end included, and
        those that other sources give of the same series. Raises Missing where no other source does."""
        mine = next(one.series for one in reversed(self.used) if one.series.measure == measure)
        found = {rows.series.source: self._cut_out(rows, self.start, self.end + (rows.series.kind == Kind.INSTANT))
                 for rows in self.view.rows(measure, mine.asset) if rows.series.venue == mine.venue}  # fmt: skip
        spoken = found.pop(mine.source)
        others = tuple(window for window in found.values() if len(window))
        if not others:
            raise Missing(f"{measure}: only one source gives it for {mine.asset} at {mine.venue}")
        self.used.extend((spoken, *others))
        return spoken, others

    def listed(self, measure: str) -> dict[str, float]:
        """The values by venue of the source that lists most venues, each the first snapshot after the week's end."""
        by_source: dict[str, list[Window]] = {}
        for window in self.view.snapshots(measure, self.subject, self.end):
            by_source.setdefault(window.series.source, []).append(window)
        best = max(by_source.values(), key=len, default=[])
        if not best:
            raise Missing(f"{measure}: no list of venues was taken in the eight days after the week's end")
        self.used.extend(best)
        return {window.series.venue: float(window.value[0]) for window in best}

    def _across(self, measure: str, cut_out: Cutter) -> dict[str, Window]:
        found: dict[str, Window] = {}
        for rows in self.view.everywhere(measure, self.subject):
            venue = rows.series.venue
            if venue in found or venue == ALL_VENUES or not self._goes_on(rows):
                continue
            try:
                found[venue] = self._fresh(cut_out)(rows)
            except Missing:
                continue
        self.used.extend(found.values())
        return found

    def require_same_assets(self) -> None:
        """Raises Missing where what was read so far covers different assets: a ratio of such sums says nothing."""
        covered: dict[str, list[str]] = {}
        for window in self.used:
            assets = covered.setdefault(window.series.measure, [])
            if window.series.asset not in assets:
                assets.append(window.series.asset)
        (first, here), *others = covered.items()
        for measure, there in others:
            if set(here) != set(there):
                raise Missing(f"{first} covers {', '.join(here)}, but {measure} covers {', '.join(there)}")

    def require_part(self, measure: str, whole: str) -> None:
        """Raises Missing where what was read of a measure comes from venues that the other does not cover."""
        parts, covering = (
            {name for one in self.used if one.series.measure == m for name in one.series.venue.split("+")}
            for m in (measure, whole)
        )
        if ALL_VENUES not in covering and not parts <= covering:
            here, there = ("+".join(sorted(names)) for names in (parts, covering))
            raise Missing(f"{measure}: measured on {here}, and {whole} on {there}: one is no part of the other")

    # ---- answers -----------------------------------------------------------------------------------------------------

    def _gather(
        self, *questions: Question, assets: Sequence[str] = (), whole: bool = False
    ) -> tuple[tuple[Window, ...], ...]:
        """For each question a window an asset, all from the first venue that has every one of them.

        The assets are those of the subject that any venue covers. Raises Missing with the first venue's reason.
        """
        measures = tuple(dict.fromkeys(measure for measure, _ in questions))
        places, covered = self._places(measures, assets or self._assets(), whole)
        reasons = []
        for venue in self._venues(places, measures[0]):
            try:
                found = tuple(
                    tuple(_first(places, venue, (measure, asset), self._fresh(cut_out)) for asset in covered)
                    for measure, cut_out in questions
                )
            except Missing as problem:
                reasons.append(str(problem))
                continue
            self.used.extend(window for windows in found for window in windows if len(window))
            return found
        raise Missing(reasons[0] if reasons else f"{measures[0]}: no source has it for {self.subject}")

    def _places(self, measures: Sequence[str], assets: Sequence[str], whole: bool) -> tuple[Places, tuple[str, ...]]:
        """The rows that go on in this week by venue, and the assets that have any."""
        places: dict[str, dict[tuple[str, str], list[Rows]]] = {}
        covered = []
        for asset in assets:
            for measure in measures:
                for rows in filter(self._goes_on, self.view.rows(measure, asset, whole)):
                    places.setdefault(rows.series.venue, {}).setdefault((measure, asset), []).append(rows)
                    covered.append(asset)
        return places, tuple(dict.fromkeys(covered))

    def _venues(self, places: Places, measure: str) -> list[str]:
        """The venues by their best series of the measure; those without it last: they cannot answer."""
        best: dict[str, tuple[int, int, str]] = {}
        for venue, here in places.items():
            ranks = [self.view.setting.preference(r.series) for (m, _), several in here.items() if m == measure
                     for r in several]  # fmt: skip
            best[venue] = min(ranks, default=(len(places) + 99, 0, venue))
        return sorted(best, key=lambda venue: best[venue])

    def _goes_on(self, rows: Rows) -> bool:
        """Whether a series had begun by the end of the week, and was not over: judged as the week's cut knew it."""
        return len(self._recent(rows)) > 0

    def _recent(self, rows: Rows) -> Window:
        return self._cut_out(rows, self._before, self.end + (rows.series.kind == Kind.INSTANT))

    def _fresh(self, cut_out: Cutter) -> Cutter:
        """The same question, with Missing for a series whose newest value is too old by its measure's freshness."""

        def cut_out_fresh(rows: Rows) -> Window:
            window = cut_out(rows)
            age, limit = self.end - newest_end(self._recent(rows)), self.view.setting.ages(rows.series.measure)[1]
            if age > limit * 3600:
                at = clock.moment(int(self._recent(rows).at[-1]))
                raise Missing(
                    f"{rows.series.measure}: the newest value is of {at:%Y-%m-%d %H:%M}, too old for this week"
                )
            return window

        return cut_out_fresh

    def _assets(self) -> tuple[str, ...]:
        return self.view.setting.assets if self.subject == MARKET else (self.subject,)

    def _one(self, question: Question, assets: Sequence[str] = ()) -> Window:
        """The window of the only asset there is."""
        (windows,) = self._gather(question, assets=assets)
        if len(windows) != 1:
            raise Missing(f"asked of {self.subject}, which has {len(windows)} assets")
        return windows[0]

    def _pair(self, measure: str, cut_out: Callable[[Rows, int], Window]) -> tuple[float, float]:
        opening, closing = self._gather(
            (measure, lambda rows: cut_out(rows, self.start)), (measure, lambda rows: cut_out(rows, self.end))
        )
        return float(opening[0].value[-1]), float(closing[0].value[-1])

    # ---- cutting rows out --------------------------------------------------------------------------------------------

    def _interval(self, rows: Rows, first: int, at_least: float) -> Window:
        window = self._cut_out(rows, first, self.end)
        expected = (self.end - first) // _cadence(rows.series)
        span = _between(first, self.end)
        if len(window) < at_least * expected:
            raise Missing(f"{rows.series.measure}: {len(window)} of {expected} expected rows {span}")
        if len(window) > TOO_MANY * expected:
            raise Missing(f"{rows.series.measure}: {len(window)} rows, more than the {expected} expected {span}")
        return window

    def _whole_week(self, rows: Rows) -> Window:
        return self._interval(rows, self.start, 1.0)

    def _closing(self, rows: Rows) -> Window:
        window = self._cut_out(rows, self.end - _cadence(rows.series), self.end)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value for the last interval of the week")
        return _last_of(window)

    def _ending(self, rows: Rows, moment: int) -> Window:
        first = moment - _cadence(rows.series)
        window = self._cut_out(rows, first, first + 1)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value up to {clock.moment(moment):%Y-%m-%d %H:%M}")
        return window

    def _instant(self, rows: Rows, moment: int) -> Window:
        """The value at the moment, or the last one that is younger than the series' cadence."""
        window = self._cut_out(rows, moment - _cadence(rows.series) + 1, moment + 1)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value at {clock.moment(moment):%Y-%m-%d %H:%M}")
        return _last_of(window)

    def _latest(self, rows: Rows) -> Window:
        window = self._cut_out(rows, self.end - DAY, self.end)
        if not len(window):
            raise Missing(f"{rows.series.measure}: no value on the last day of the week")
        return _last_of(window)

    def _sessions(self, measure: str, whole: bool) -> tuple[Ints, Floats]:
        self._require_a_fund()
        first = None if whole else self.start
        (windows,) = self._gather((measure, lambda rows: self._session_rows(rows, first)), whole=whole)
        by_day: dict[int, float] = {}
        for window in windows:
            values = dict(zip(_days(window.at), window.value, strict=True))
            since = first if first is not None else min(values, default=self.end)
            for day in _session_days(window.series.asset, since, self.end):
                by_day[day] = by_day.get(day, 0.0) + float(values.get(day, math.nan))
        if not by_day:
            raise Missing(f"{measure}: no session {_between(self.start, self.end)}")
        return np.array(sorted(by_day), dtype=np.int64), np.array([by_day[day] for day in sorted(by_day)])

    def _require_a_fund(self) -> None:
        """Raises Missing where none of the subject's assets had a fund yet, of those whose first fund is known."""
        launches = [sessions.LAUNCHES[asset] for asset in self._assets() if asset in sessions.LAUNCHES]
        if launches and min(launches) > self.week.last_day:
            raise Missing(f"{sessions.NO_FUND}; the first came on {min(launches)}")

    def _session_rows(self, rows: Rows, first: int | None) -> Window:
        """The rows on sessions from `first` on, or from the first row; none of this week's may be missing."""
        since = int(rows.at[0]) if first is None else first
        window = self._cut_out(rows, since, self.end)
        expected = _session_days(rows.series.asset, self.start, self.end)
        known = set(_session_days(rows.series.asset, since, self.end))
        keep = np.array([day in known for day in _days(window.at)], dtype=bool)
        days = _days(window.at[keep])
        if there := len(set(expected) - set(days)):
            text = f"{len(expected) - there} of {len(expected)} expected sessions {_between(self.start, self.end)}"
            raise Missing(f"{rows.series.measure}: {text}")
        if len(set(days)) < len(days):
            raise Missing(f"{rows.series.measure}: more than one row for a session")
        return Window(window.series, window.at[keep], window.value[keep], window.payload[keep])

    def _cut_out(self, rows: Rows, first: int, end: int) -> Window:
        """The rows of [first, end) as known at the week's cut; many facts of a week ask for the same ones."""
        key = (rows.series.id, first, end, self._cut)
        found = self.view.windows.get(key)
        if found is None:
            found = self.view.windows[key] = rows.window(first, end, self._cut)
        return found


def _first(places: Places, venue: str, pair: tuple[str, str], cut_out: Cutter) -> Window:
    """The window of the venue's first source that has enough. Raises the first one's Missing where none has."""
    problem: Missing | None = None
    for rows in places[venue].get(pair, ()):
        try:
            return cut_out(rows)
        except Missing as missing:
            problem = problem or missing
    measure, asset = pair
    elsewhere = any(pair in here for here in places.values())
    raise problem or Missing(f"{measure}: {f'{venue} has none' if elsewhere else 'no source has it'} for {asset}")


def newest_end(window: Window) -> int:
    """The moment up to which a window's rows speak: the end of its last interval, or its last instant."""
    kind, cadence = window.series.kind, _cadence(window.series)
    return int(window.at[-1]) + (cadence if kind == Kind.INTERVAL else 0)


def _last_of(window: Window) -> Window:
    return Window(window.series, window.at[-1:], window.value[-1:], window.payload[-1:])


def _cadence(series: Series) -> int:
    return int(series.cadence.total_seconds())


def _days(at: Ints) -> list[int]:
    """The first second of each moment's day."""
    return [int(day) for day in at - at % DAY]


@lru_cache(maxsize=4096)
def _session_days(asset: str, first: int, end: int) -> tuple[int, ...]:
    """The first second of each expected session's day, from the day of `first` on."""
    days = sessions.flow_sessions(asset, clock.moment(first).date(), clock.moment(end).date())
    return tuple(clock.seconds(clock.midnight(day)) for day in days)


def _between(first: int, end: int) -> str:
    return f"between {clock.moment(first):%Y-%m-%d} and {clock.moment(end - 1):%Y-%m-%d}"
