"""The history as seen at one moment: the rows of series and the lists of records, each read once for many facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar, cast

from reporter import clock
from reporter.facts.setting import Setting
from reporter.history import History, Rows, Window
from reporter.model import FutureQuote, Item, Kind, Level, OptionExpiry, OptionQuote, Series
from reporter.series import ALL_VENUES

DAY = 86_400
BEFORE = timedelta(
    days=40
)  # how far before its week a fact may look, sessions apart; a series silent for longer is over
SPEAKS = 8 * DAY  # after a week's end: as long as a note of it may be the newest one
One = TypeVar("One", OptionQuote, FutureQuote, OptionExpiry, Level)


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
        self._listed = history.listed()
        self._taken: dict[str, Rows] = {}
        self._lists: dict[tuple[type[Item], str, int], tuple[Item, ...]] = {}
        self._payloads: dict[str, tuple[int, str]] = {}

    def rows(self, measure: str, asset: str, whole: bool = False) -> tuple[Rows, ...]:
        """All candidates for a measure of an asset, in the order of preference; `whole` reads back to the first row."""
        return tuple(filter(lambda rows: self.setting.allows(rows.series), self.everywhere(measure, asset, whole)))

    def everywhere(self, measure: str, asset: str, whole: bool = False) -> tuple[Rows, ...]:
        """The same of all venues, those too that do not speak for the measure."""
        key = (measure, asset, whole or self._since is None)
        if key not in self._rows:
            since = None if key[2] else self._since
            found = (self._history.rows(one, since, self._as_of) for one in self._candidates(measure, asset))
            self._rows[key] = tuple(rows for rows in found if len(rows.at))
        return self._rows[key]

    def first_list(self, kind: type[One], asset: str, since: int) -> tuple[One, ...]:
        """The records of the first list of an asset taken at a moment or in the eight days after it: of one payload."""
        if (kind.__name__, asset) not in self._listed:
            return ()
        key = (kind, asset, since)
        if key not in self._lists:
            first, last = clock.moment(since), clock.moment(since + SPEAKS)
            found = self._history.items(kind, first, last, self._as_of, asset)
            self._lists[key] = tuple(one for one in found if one.payload_id == found[0].payload_id)
        return cast("tuple[One, ...]", self._lists[key])

    def payload(self, name: str) -> tuple[int, str]:
        """The number and the source of a payload."""
        if name not in self._payloads:
            self._payloads |= self._history.payloads_of([name])
        return self._payloads[name]

    def snapshots(self, measure: str, asset: str, since: int) -> tuple[Window, ...]:
        """For each venue and source the first snapshot taken at a moment or in the eight days after it, `all` apart."""
        found = []
        for one in self._series:
            named = (one.measure, one.asset, one.kind) == (measure, asset, Kind.SNAPSHOT) and one.venue != ALL_VENUES
            if named and one.source in self.setting.sources_for(measure):
                if one.id not in self._taken:
                    self._taken[one.id] = self._history.rows(one, self._since, self._as_of)
                window = self._taken[one.id].window(since, since + SPEAKS, since + SPEAKS)
                found += [_first_of(window)] if len(window) else []
        return tuple(found)

    def _candidates(self, measure: str, asset: str) -> list[Series]:
        """The series of a measure of an asset, best first; a snapshot has no past to be read in."""
        sources = self.setting.sources_for(measure)
        found = (s for s in self._series if s.measure == measure and s.asset == asset and s.kind != Kind.SNAPSHOT)
        return sorted((one for one in found if one.source in sources), key=self.setting.preference)


def _first_of(window: Window) -> Window:
    return Window(window.series, window.at[:1], window.value[:1], window.payload[:1])
