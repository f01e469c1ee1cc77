"""The frame of a week: every fact measured or its gap named, then compared with its own past."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reporter import clock
from reporter.facts import catalogue
from reporter.facts.catalogue import ASSET, CATALOGUE, Definition
from reporter.facts.compare import Weekly, families
from reporter.facts.reader import Missing, Reader, Setting, View
from reporter.history import Floats, History, Ints, Window
from reporter.model import MARKET, Fact, Frame, Gap, Measure, Period, Week

Key = tuple[str, str]
Values = Mapping[Key, Weekly]
BEFORE = timedelta(days=40)  # how far before its first week a fact may look, sessions apart


@dataclass(frozen=True)
class Past:
    """The weekly values of every fact as columns over `starts`, the weeks' first seconds; NaN where there is no
    number."""

    starts: Ints
    values: Mapping[Key, Floats]
    bases: Mapping[Key, NDArray[np.str_]]

    def before(self, week: Week, key: Key, basis: str) -> Floats:
        """A fact's values in the weeks before one, the last first, those on another basis blanked."""
        column = self.values.get(key)
        if column is None:
            return np.empty(0)
        end = int(self.starts.searchsorted(clock.seconds(week.start)))
        return np.where(self.bases[key][:end] == basis, column[:end], np.nan)[::-1]


@dataclass(frozen=True)
class Measured:
    """A value and the windows it was computed from."""

    value: float | date
    used: tuple[Window, ...]


def frames(history: History, setting: Setting, weeks: Sequence[Week], as_of: datetime) -> Iterator[Frame]:
    """A frame for each week, each as known at its own cut and as seen at `as_of`. Weeks must follow each other.

    All earlier weeks of the history are needed for comparison: those kept under today's definitions are taken as they
    are, the others computed and kept.
    """
    first = history.first_at()
    if first is None or not weeks:
        return
    start = clock.week_of(first, weeks[0].lag)
    begin = start if start.start >= first else start.shifted(1)
    count = max(0, (weeks[-1].start - begin.start).days // 7)
    every = [begin.shifted(n) for n in range(count)]
    past = _columns(_weeklies(history, setting, every, as_of))
    view = View(history, setting, as_of, weeks[0].start - BEFORE)
    names = history.payload_ids()
    for week in weeks:
        yield _frame(view, week, past, names)


def measure_frame(history: History, setting: Setting, week: Week, as_of: datetime) -> Frame:
    """The frame of one week; without any observation all facts are gaps."""
    for frame in frames(history, setting, [week], as_of):
        return frame
    gaps = {(s, d.measure.name): Gap(d.measure.name, s, "the history is empty") for s, d in _questions(setting)}
    return Frame(week, setting.lead, setting.assets, {}, gaps)


def _weeklies(history: History, setting: Setting, weeks: Sequence[Week], as_of: datetime) -> dict[int, Values]:
    """The values of each week by its first second, kept or computed."""
    definition = _definition(setting, weeks[0].lag if weeks else timedelta(0))
    current = as_of >= history.last_seen()
    kept = history.kept_weeks(definition) if current else {}
    known = {clock.seconds(week.start): week for week in weeks}
    result = {start: _unpack(kept[start]) for start in known if start in kept}
    todo = [week for start, week in known.items() if start not in result]
    if not todo:
        return result
    view = View(history, setting, as_of, todo[0].start - BEFORE)
    fresh = {clock.seconds(week.start): _values(view, week) for week in todo}
    if current:
        history.keep_weeks(definition, {start: _pack(values) for start, values in fresh.items()})
    return result | fresh


def _definition(setting: Setting, lag: timedelta) -> str:
    """What the kept values depend on besides rows: the definitions, the assets, the order of venues and sources, the
    cut."""
    parts = (catalogue.digest(), setting.assets, sorted(setting.venues.items()), setting.sources, lag.total_seconds())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _questions(setting: Setting) -> Iterator[tuple[str, Definition]]:
    """Every `(subject, definition)` of the catalogue for these assets."""
    for _, definition in sorted(CATALOGUE.items()):
        for each in definition.measure.each:
            for subject in setting.assets if each == ASSET else (MARKET,):
                yield subject, definition


def _measure(view: View, week: Week, subject: str, definition: Definition) -> Measured | Missing:
    reader = Reader(view, week, subject)
    try:
        value = definition.function(reader)
    except Missing as missing:
        return missing
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise ValueError(f"{definition.measure.name} of {subject} in {week.label} is {value}: a fact is finite")
    return Measured(value, tuple(reader.used))


def _values(view: View, week: Week) -> Values:
    """The week's values without their evidence: what later weeks compare themselves with."""
    view.windows.clear()
    found = ((subject, d, _measure(view, week, subject, d)) for subject, d in _questions(view.setting))
    return {
        (subject, d.measure.name): Weekly(m.value, _basis(m.used)) for subject, d, m in found if isinstance(m, Measured)
    }


def _basis(used: Sequence[Window]) -> str:
    """A short name for the venues and assets that a value was measured on; the source does not count."""
    parts = {window.series.id.rpartition("/")[0] for window in used}
    return hashlib.blake2b("|".join(sorted(parts)).encode(), digest_size=6).hexdigest()


def _columns(weeks: Mapping[int, Values]) -> Past:
    """Weekly values turned into a column a fact. Dates have no past to be compared with."""
    starts = sorted(weeks)
    keys = sorted({key for values in weeks.values() for key in values})
    nothing = Weekly(math.nan, "")
    rows = {key: [weeks[start].get(key, nothing) for start in starts] for key in keys}
    numbers = {
        key: np.array([math.nan if isinstance(one.value, date) else one.value for one in row])
        for key, row in rows.items()
    }
    return Past(
        np.array(starts, dtype=np.int64),
        numbers,
        {key: np.array([one.basis for one in row]) for key, row in rows.items()},
    )


def _frame(view: View, week: Week, past: Past, names: Mapping[int, str]) -> Frame:
    facts: dict[Key, Fact] = {}
    gaps: dict[Key, Gap] = {}
    view.windows.clear()
    for subject, definition in _questions(view.setting):
        name = definition.measure.name
        found = _measure(view, week, subject, definition)
        if isinstance(found, Missing):
            gaps[subject, name] = Gap(name, subject, str(found))
            continue
        fact = _fact(definition, subject, found, week, names)
        facts[subject, name] = fact
        if not isinstance(found.value, date):
            before = past.before(week, (subject, name), _basis(found.used))
            facts |= {
                (subject, one.name): one for one in _compared(fact, definition.measure, found.value, before, week)
            }
    return Frame(week, view.setting.lead, view.setting.assets, facts, gaps)


def _fact(definition: Definition, subject: str, found: Measured, week: Week, names: Mapping[int, str]) -> Fact:
    measure = definition.measure
    by_window = {(w.series.id, w.at[0], w.at[-1]): w for w in found.used}
    inputs = tuple(window.input(names) for window in by_window.values())
    period = Period(week.start, week.end)
    return Fact(measure.name, subject, found.value, measure.unit, period, week.cut, measure.definition, inputs)


def _compared(fact: Fact, measure: Measure, value: float, before: Floats, week: Week) -> Iterator[Fact]:
    for suffix, compared, unit in families(measure, value, before, week):
        text = f"{FAMILY_TEXT[suffix]} {fact.name}. {fact.definition}"
        yield replace(fact, name=f"{fact.name}_{suffix}", value=compared, unit=unit, definition=text)


FAMILY_TEXT = {
    "previous": "Value of the week before of",
    "change": "Difference from the week before of",
    "growth": "Relative change from the week before of",
    "percentile": "Share of the previous 52 weekly values (26 at least) that lie below this week's, of",
    "high_since": "Last day of the latest earlier week with a value at least as high, of",
    "low_since": "Last day of the latest earlier week with a value at least as low, of",
    "streak": "Weeks in a row of one sign up to this one, of",
}


def _pack(values: Values) -> dict[str, Any]:
    return {f"{subject}.{name}": [_plain(one.value), one.basis] for (subject, name), one in values.items()}


def _plain(value: float | date) -> float | str:
    return value.isoformat() if isinstance(value, date) else value


def _unpack(body: Mapping[str, Any]) -> Values:
    result = {}
    for key, (value, basis) in body.items():
        subject, _, name = key.partition(".")
        result[subject, name] = Weekly(date.fromisoformat(value) if isinstance(value, str) else float(value), basis)
    return result
