"""The frame of a week: every fact measured or its gap named, then compared with its own past."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from reporter import breaks, clock
from reporter.facts import base_rates, catalogue, kept
from reporter.facts.catalogue import ASSET, CATALOGUE, Definition
from reporter.facts.compare import families, reach
from reporter.facts.kept import Behind, Body, Names
from reporter.facts.past import TEN_YEARS, Cell, Evidence, Key, Past, Values, Weekly, merged
from reporter.facts.reader import Missing, Reader
from reporter.facts.setting import Setting
from reporter.facts.view import BEFORE, View
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
    """Which week is measured, for whom, what came before, and the ids of payloads by their numbers."""

    setting: Setting
    week: Week
    past: Past
    names: Names


@dataclass(frozen=True)
class Compared:
    """A fact that rests on its inputs and on the rows behind these cells of the past."""

    fact: Fact
    cells: Sequence[Cell] = ()


def frames(history: History, setting: Setting, weeks: Sequence[Week], as_of: datetime) -> Iterator[Frame]:
    """A frame for each week, each as known at its own cut and as seen at `as_of`. Weeks must follow each other.

    The ten years before are needed for comparison: weeks that were kept under today's definitions are taken as they
    are, the others computed and kept.
    """
    first = history.first_at()
    if first is None or not weeks:
        return
    start = clock.week_of(first, weeks[0].lag)
    begin = max(start if start.start >= first else start.shifted(1), weeks[0].shifted(-TEN_YEARS), key=_monday)
    count = max(0, (weeks[-1].start - begin.start).days // 7)
    past = _past(history, setting, [begin.shifted(n) for n in range(count)], as_of)
    view = View(history, setting, as_of, weeks[0].previous.start - BEFORE)
    names, earlier = Names(history), _measured(view, weeks[0].previous)
    for week in weeks:
        found = _measured(view, week)
        yield _frame(Measuring(setting, week, past, names), found, earlier)
        earlier = found


def measure_frame(history: History, setting: Setting, week: Week, as_of: datetime) -> Frame:
    """The frame of one week; without any observation all facts are gaps."""
    for frame in frames(history, setting, [week], as_of):
        return frame
    gaps = {(s, d.measure.name): Gap(d.measure.name, s, "the history is empty") for s, d in _questions(setting)}
    return Frame(week, setting.lead, setting.assets, {}, gaps)


def _monday(week: Week) -> datetime:
    return week.start


def _past(history: History, setting: Setting, weeks: Sequence[Week], as_of: datetime) -> Past:
    """The values of the weeks, kept or computed; the rows behind those that were kept stay where they are until asked
    for."""
    keys = tuple((subject, one.measure.name) for subject, one in _questions(setting) if not one.looks_back)
    definition = _definition(setting, weeks[0].lag if weeks else timedelta(0), keys)
    known = {clock.seconds(week.start): week for week in weeks}

    def computed(starts: Iterable[int]) -> dict[int, Body]:
        return _computed(history, setting, [known[start] for start in sorted(starts)], as_of, keys)

    is_current = as_of >= history.last_seen()
    numbers = history.kept_weeks(definition, known) if is_current else {}
    fresh = computed(known.keys() - numbers.keys())
    if is_current:
        history.keep_weeks(definition, fresh)

    def evidence(starts: set[int]) -> dict[int, bytes]:
        here = {start: fresh[start][1] for start in starts & fresh.keys()}
        here |= history.kept_evidence(definition, starts - here.keys())
        lost = starts - here.keys()  # another run has read in what they rest on
        return here | {start: rows for start, (_, rows) in computed(lost).items()}

    whole = numbers | {start: own for start, (own, _) in fresh.items()}
    return kept.columns(whole, keys, Behind(sorted(whole), keys, evidence))


def _computed(
    history: History, setting: Setting, weeks: Sequence[Week], as_of: datetime, keys: Sequence[Key]
) -> dict[int, Body]:
    """The values of each week by its first second, as bytes to keep."""
    if not weeks:
        return {}
    view = View(history, setting, as_of, weeks[0].start - BEFORE)
    return {clock.seconds(week.start): kept.pack(_values(_measured(view, week), week), keys) for week in weeks}


def _definition(setting: Setting, lag: timedelta, keys: Sequence[Key]) -> str:
    """What the kept values depend on besides rows: the facts and their definitions, the breaks, the assets, the order
    of venues and sources, the cut."""
    orders = (sorted(setting.venues.items()), sorted(setting.order.items()), sorted(setting.freshness.items()))
    parts = (catalogue.digest(), breaks.digest(), setting.assets, *orders, setting.sources, lag.total_seconds(), keys)
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


def _basis(used: Sequence[Window], week: Week) -> int:
    """A number for the venues and assets that a value was measured on, and for the registered breaks of their
    series that lie behind the week; the source does not count."""
    series = {window.series.id: window.series for window in used}.values()
    parts = {f"{s.measure}/{s.asset}/{s.venue}#{breaks.breaks_before(s.measure, s.venue, week)}" for s in series}
    return int.from_bytes(hashlib.blake2b("|".join(sorted(parts)).encode(), digest_size=6).digest(), "big")


def _frame(about: Measuring, found: Found, earlier: Found) -> Frame:
    about.names.learn(_payloads(found, earlier))
    gaps: dict[Key, Gap] = {}
    compared: list[Compared] = []
    for (subject, name), one in found.items():
        if isinstance(one, Missing):
            gaps[subject, name] = Gap(name, subject, str(one))
            continue
        measure = CATALOGUE[name].measure
        fact = _fact(measure, subject, one.value, _inputs(one, about.names), about)
        last = earlier.get((subject, name))
        last_inputs = _inputs(last, about.names) if isinstance(last, Measured) else ()
        compared += [Compared(fact), *_compared(fact, measure, last_inputs, about, _basis(one.used, about.week))]
    facts = {(one.subject, one.name): one for one in _with_rows(compared, about.past, about.names)}
    for seen in _looking_back(about, found):
        if isinstance(seen, Fact):
            facts[MARKET, seen.name] = seen
        else:
            gaps[MARKET, seen.name] = seen
    return Frame(about.week, about.setting.lead, about.setting.assets, facts, gaps)


def _payloads(*several: Found) -> Iterator[int]:
    """The numbers of all payloads that the facts of some weeks rest on."""
    found = (one for week in several for one in week.values() if isinstance(one, Measured))
    for window in {id(window): window for one in found for window in one.used}.values():
        yield from np.unique(window.payload).tolist()


def _with_rows(several: Sequence[Compared], past: Past, names: Names) -> Iterator[Fact]:
    """The facts with the rows behind their cells as inputs, which are fetched for all of them at once."""
    found = past.evidence([cell for one in several for cell in one.cells])
    windows = {id(window): window for rows in found for window in rows}.values()
    names.learn(number for *_, payloads in windows for number in payloads)
    rows = iter(found)
    for one in several:
        behind = merged((row for _ in one.cells for row in next(rows)), names)
        yield replace(one.fact, inputs=one.fact.inputs + behind) if behind else one.fact


def _looking_back(about: Measuring, found: Found) -> Iterator[Fact | Gap]:
    """What came after earlier weeks like this one: a fact or a gap for each entry of the catalogue that looks back."""
    keys = base_rates.keys(about.setting.lead)
    own = _values({key: found[key] for key in keys.values() if key in found}, about.week)
    past = about.past.upto(about.week, own, keys)
    seen: list[Compared] = []
    for name, one in base_rates.rates(past):
        if isinstance(one, Missing):
            yield Gap(name, MARKET, str(one))
        else:
            seen.append(Compared(_fact(CATALOGUE[name].measure, MARKET, one.value, (), about), one.cells))
    yield from _with_rows(seen, past, about.names)


def _fact(measure: Measure, subject: str, value: float | date, inputs: tuple[Input, ...], about: Measuring) -> Fact:
    period = Period(about.week.start, about.week.end)
    return Fact(measure.name, subject, value, measure.unit, period, about.week.cut, measure.definition, inputs)


def _inputs(found: Measured, names: Mapping[int, str]) -> tuple[Input, ...]:
    once = {(w.series.id, w.at[0], w.at[-1]): w for w in found.used}
    return tuple(window.input(names) for window in once.values())


def _compared(
    fact: Fact, measure: Measure, last_inputs: tuple[Input, ...], about: Measuring, basis: int
) -> Iterator[Compared]:
    """The fact's families, each with the rows of all the weeks that it rests on. A date has no families."""
    if isinstance(fact.value, date):
        return
    key, week = (fact.subject, fact.name), about.week
    rests_on = {"previous": last_inputs, "change": fact.inputs + last_inputs, "growth": fact.inputs + last_inputs}
    for suffix, value, unit in families(measure, fact.value, about.past.before(week, key, basis), week):
        text = f"{FAMILY_TEXT[suffix].format(streak_of=measure.streak_of)}: {fact.definition}"
        inputs = rests_on.get(suffix, fact.inputs)
        found = replace(fact, name=f"{fact.name}_{suffix}", value=value, unit=unit, definition=text, inputs=inputs)
        reached = 0 if suffix in rests_on else reach(suffix, value, week)
        yield Compared(found, about.past.cells(week, key, basis, reached))


FAMILY_TEXT = {
    "previous": "In the week before",
    "change": "Difference from the week before",
    "growth": "Relative change from the week before",
    "percentile": "Share of the previous 52 weekly values, 26 of them at least, that lie below this week's",
    "swing": "Share of the previous 52 weekly changes (of a level relative ones), 26 of them at least, that are smaller"
    " than this week's, up or down",
    "high_since": "Last day of the latest week of the ten years before with a value at least as high",
    "low_since": "Last day of the latest week of the ten years before with a value at least as low",
    "streak": "Weeks in a row up to this one in which {streak_of} had one sign, counted as negative for a minus",
}
