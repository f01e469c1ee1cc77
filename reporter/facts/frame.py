"""The frame of a week: every fact measured or its gap named, then compared with its own past."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from reporter import breaks, clock
from reporter.facts import base_rates, catalogue
from reporter.facts.catalogue import ASSET, CATALOGUE, Definition
from reporter.facts.compare import NOTHING, Evidence, Key, Past, Values, Weekly, columns, families, reach
from reporter.facts.reader import BEFORE, Missing, Reader, Setting, View
from reporter.history import History, Window
from reporter.model import MARKET, Fact, Frame, Gap, Input, Measure, Period, Week


@dataclass(frozen=True)
class Measured:
    """A value and the windows it was computed from."""

    value: float | date
    used: tuple[Window, ...]


Found = Mapping[Key, Measured | Missing]


@dataclass(frozen=True)
class Measuring:
    """Which week is measured, for whom, and the ids of payloads by their numbers."""

    setting: Setting
    week: Week
    names: Mapping[int, str]


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
    view = View(history, setting, as_of, weeks[0].previous.start - BEFORE)
    names = history.payload_ids()
    earlier = _measured(view, weeks[0].previous)
    for week in weeks:
        found = _measured(view, week)
        yield _frame(Measuring(setting, week, names), found, earlier, past)
        earlier = found


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
    fresh = {clock.seconds(week.start): _values(_measured(view, week), week) for week in todo}
    if current:
        history.keep_weeks(definition, {start: _pack(values) for start, values in fresh.items()})
    return result | fresh


def _definition(setting: Setting, lag: timedelta) -> str:
    """What the kept values depend on besides rows: the definitions, the breaks, the assets, the order of venues and
    sources, the cut."""
    orders = (sorted(setting.venues.items()), sorted(setting.order.items()), sorted(setting.freshness.items()))
    parts = (catalogue.digest(), breaks.digest(), setting.assets, *orders, setting.sources, lag.total_seconds())
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


def _measured(view: View, week: Week) -> Found:
    """Every fact of the week by `(subject, name)`, or why it is not there; those of earlier weeks come later."""
    view.windows.clear()
    asked = ((subject, one) for subject, one in _questions(view.setting) if not one.looks_back)
    return {(subject, one.measure.name): _measure(view, week, subject, one) for subject, one in asked}


def _values(found: Found, week: Week) -> Values:
    """The week's numbers and their evidence: what later weeks compare themselves with. Dates are not compared."""
    seen: dict[int, Evidence] = {}  # many facts rest on one window
    return {
        key: Weekly(one.value, _basis(one.used, week), tuple(_evidence(window, seen) for window in one.used))
        for key, one in found.items()
        if isinstance(one, Measured) and not isinstance(one.value, date)
    }


def _evidence(window: Window, seen: dict[int, Evidence]) -> Evidence:
    if id(window) not in seen:
        payloads = tuple(int(number) for number in np.unique(window.payload))
        seen[id(window)] = (window.series.id, int(window.at[0]), int(window.at[-1]), len(window), payloads)
    return seen[id(window)]


def _basis(used: Sequence[Window], week: Week) -> str:
    """A short name for the venues and assets that a value was measured on, and for the registered breaks of their
    series that lie behind the week; the source does not count."""
    series = {window.series.id: window.series for window in used}.values()
    parts = {f"{s.measure}/{s.asset}/{s.venue}#{breaks.breaks_before(s.measure, s.venue, week)}" for s in series}
    return hashlib.blake2b("|".join(sorted(parts)).encode(), digest_size=6).hexdigest()


def _columns(weeks: Mapping[int, Values]) -> Past:
    """Weekly values turned into a column a fact."""
    starts = sorted(weeks)
    keys = sorted({key for values in weeks.values() for key in values})
    rows = {key: [weeks[start].get(key, NOTHING) for start in starts] for key in keys}
    return columns(np.array(starts, dtype=np.int64), rows)


def _frame(about: Measuring, found: Found, earlier: Found, past: Past) -> Frame:
    facts: dict[Key, Fact] = {}
    gaps: dict[Key, Gap] = {}
    for (subject, name), one in found.items():
        if isinstance(one, Missing):
            gaps[subject, name] = Gap(name, subject, str(one))
            continue
        measure = CATALOGUE[name].measure
        fact = facts[subject, name] = _fact(measure, subject, one.value, _inputs(one, about.names), about)
        last = earlier.get((subject, name))
        last_inputs = _inputs(last, about.names) if isinstance(last, Measured) else ()
        compared = _compared(fact, measure, past, last_inputs, Basis(about, _basis(one.used, about.week)))
        facts |= {(subject, one.name): one for one in compared}
    for seen in _looking_back(about, found, past):
        if isinstance(seen, Fact):
            facts[MARKET, seen.name] = seen
        else:
            gaps[MARKET, seen.name] = seen
    return Frame(about.week, about.setting.lead, about.setting.assets, facts, gaps)


def _looking_back(about: Measuring, found: Found, past: Past) -> Iterator[Fact | Gap]:
    """What came after earlier weeks like this one: a fact or a gap for each entry of the catalogue that looks back."""
    keys = base_rates.keys(about.setting.lead)
    own = _values({key: found[key] for key in keys.values() if key in found}, about.week)
    seen = past.upto(about.week, own, keys)
    for name, one in base_rates.rates(seen):
        if isinstance(one, Missing):
            yield Gap(name, MARKET, str(one))
        else:
            yield _fact(CATALOGUE[name].measure, MARKET, one.value, seen.inputs(one.cells, about.names), about)


def _fact(measure: Measure, subject: str, value: float | date, inputs: tuple[Input, ...], about: Measuring) -> Fact:
    period = Period(about.week.start, about.week.end)
    return Fact(measure.name, subject, value, measure.unit, period, about.week.cut, measure.definition, inputs)


def _inputs(found: Measured, names: Mapping[int, str]) -> tuple[Input, ...]:
    once = {(w.series.id, w.at[0], w.at[-1]): w for w in found.used}
    return tuple(window.input(names) for window in once.values())


@dataclass(frozen=True)
class Basis:
    """What a fact was measured on, and the week it is compared in."""

    about: Measuring
    name: str


def _compared(fact: Fact, measure: Measure, past: Past, last_inputs: tuple[Input, ...], basis: Basis) -> Iterator[Fact]:
    """The fact's families, each with the rows of all the weeks that it rests on. A date has no families."""
    if isinstance(fact.value, date):
        return
    key, week = (fact.subject, fact.name), basis.about.week
    rests_on = {"previous": last_inputs, "change": fact.inputs + last_inputs, "growth": fact.inputs + last_inputs}
    for suffix, value, unit in families(measure, fact.value, past.before(week, key, basis.name), week):
        text = f"{FAMILY_TEXT[suffix].format(streak_of=measure.streak_of)}: {fact.definition}"
        if suffix not in rests_on:
            cells = past.cells(week, key, basis.name, reach(suffix, value, week))
            rows = past.inputs(cells, basis.about.names)
        inputs = rests_on[suffix] if suffix in rests_on else fact.inputs + rows
        yield replace(fact, name=f"{fact.name}_{suffix}", value=value, unit=unit, definition=text, inputs=inputs)


FAMILY_TEXT = {
    "previous": "In the week before",
    "change": "Difference from the week before",
    "growth": "Relative change from the week before",
    "percentile": "Share of the previous 52 weekly values, 26 of them at least, that lie below this week's",
    "high_since": "Last day of the latest earlier week with a value at least as high",
    "low_since": "Last day of the latest earlier week with a value at least as low",
    "streak": "Weeks in a row up to this one in which {streak_of} had one sign, counted as negative for a minus",
}


def _pack(values: Values) -> dict[str, Any]:
    """A week's values as JSON: each piece of evidence stands once, and values name it by its place."""
    places = {one: place for place, one in enumerate(dict.fromkeys(e for v in values.values() for e in v.evidence))}
    packed = {
        f"{subject}.{name}": [one.value, one.basis, [places[e] for e in one.evidence]]
        for (subject, name), one in values.items()
    }
    return {"evidence": list(places), "values": packed}


def _unpack(body: Mapping[str, Any]) -> Values:
    evidence = [(str(s), int(first), int(last), int(n), tuple(ids)) for s, first, last, n, ids in body["evidence"]]
    result = {}
    for key, (value, basis, places) in body["values"].items():
        subject, _, name = key.partition(".")
        result[subject, name] = Weekly(float(value), basis, tuple(evidence[place] for place in places))
    return result
